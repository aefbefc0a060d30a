/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initrd: what the guest boots from: three archives, one behind the other. */
#ifndef LOSTWRITE_INITRD_H
#define LOSTWRITE_INITRD_H

#include <stdbool.h>
#include <stddef.h>

struct kernel;

struct initrd_job {
	char *const *args; /* of `lostwrite run`, ended by NULL */
	const char *only;  /* case ids, one a line, or NULL for all that ARGS select */
	const char *known; /* what the guest finds in /job/known, or NULL */
	bool shell;
	const char *command; /* of a shell, or NULL; .shell or .command, or ARGS count */
	char *const *put;    /* files for /root, ended by NULL, or NULL */
	bool console;	     /* verdicts go to the console, for a lab that reads that (lab/lava) */
};

/*
 * The cached archives for K: [0] busybox and modules, [1] the suite. False after
 * one line on stderr.
 */
bool initrd_parts(const struct kernel *k, const char *cache, char *parts[2]);

/* Both with JOB behind them, as a file without a name in CACHE. -1 with errno. */
int initrd_open(char *const parts[2], const struct initrd_job *job, const char *cache);

#endif
