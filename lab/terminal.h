/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal: a guest whose console is ours: a shell to type into, or one command. */
#ifndef LOSTWRITE_TERMINAL_H
#define LOSTWRITE_TERMINAL_H

#include "guest.h"
#include "initrd.h"
#include "stop.h"

struct terminal {
	const struct kernel *kernel;
	const struct guest_shape *shape;
	const struct disks *disks;
	char *const *parts; /* of the initramfs */
	const char *cache;
	struct initrd_job job; /* .shell or .command */
	struct stop *stop;
	double deadline; /* on job_now()'s clock; 0: none */
};

/* The command's exit code, of a shell 0; else, after one line on stderr, EXIT_BROKEN; or 130. */
int terminal_run(const struct terminal *t);

#endif
