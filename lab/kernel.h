/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel: the kernel that a user asked for, as an image and its modules. */
#ifndef LOSTWRITE_KERNEL_H
#define LOSTWRITE_KERNEL_H

#include <stdbool.h>

struct arch;

struct kernel_wish { /* one of the first three */
	const char *image, *deb, *build;
	const char *modules; /* with image, or NULL */
};

struct kernel {
	const struct arch *arch;
	char *image;
	char *release;
	char *modules; /* lib/modules/RELEASE, or "-": all is built in */
};

/* Finds it, or gives false after one line on stderr. */
bool kernel_find(const struct kernel_wish *wish, struct kernel *k);

void kernel_free(struct kernel *k);

#endif
