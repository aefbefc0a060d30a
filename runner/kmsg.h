/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmsg: follows the kernel log from now on. */
#ifndef LOSTWRITE_KMSG_H
#define LOSTWRITE_KMSG_H

struct kmsg {
	int fd;	   /* for poll(2); -1: it cannot be read */
	char *why; /* then why not */
};

void kmsg_open(struct kmsg *k);
void kmsg_close(struct kmsg *k);

/*
 * Calls FN with every new message of the kernel, and of those who write as
 * users to /dev/kmsg: its text, and as a line with its time.
 */
void kmsg_read(struct kmsg *k, void (*fn)(void *arg, const char *text, const char *line),
	       void *arg);

/* Writes a line into the kernel log, when that is allowed. */
__attribute__((format(printf, 1, 2))) void kmsg_mark(const char *fmt, ...);

#endif
