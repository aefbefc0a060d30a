/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch: what differs between the architectures of guests, one row each. */
#ifndef LOSTWRITE_ARCH_H
#define LOSTWRITE_ARCH_H

#include <stdbool.h>
#include <stddef.h>

struct arch {
	const char *name;    /* as uname -m */
	const char *qemu;    /* the program */
	const char *package; /* Debian's package with it */
	const char *machine;
	const char *cpu;     /* for -cpu with TCG; KVM takes "max" */
	const char *console; /* kernel parameters */
	const char *in_tree; /* the image in a kernel tree */
	size_t magic_at;     /* what an image has there */
	const char *magic;
};

/* The row of the architecture whose image begins with the LEN bytes HEAD, or NULL. */
const struct arch *arch_of_image(const unsigned char *head, size_t len);

/* The row of the machine we are on, or NULL: the suite in the guest is the host's. */
const struct arch *arch_host(void);

#endif
