/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capped: a log file that cannot fill the disk. */
#ifndef LOSTWRITE_CAPPED_H
#define LOSTWRITE_CAPPED_H

#include <stdbool.h>
#include <stddef.h>

#define CAPPED_MAX (16u << 20)

struct capped {
	int fd; /* -1: closed, full or failed; what comes is dropped */
	size_t left;
};

/* Opens PATH for appending. False with errno. */
bool capped_open(struct capped *c, const char *path);

void capped_write(struct capped *c, const char *data, size_t len);

void capped_close(struct capped *c);

#endif
