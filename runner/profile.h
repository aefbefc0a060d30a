/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile: how much time a run has, and how much of it a program gets. */
#ifndef LOSTWRITE_PROFILE_H
#define LOSTWRITE_PROFILE_H

#include <stdbool.h>

struct profile {
	const char *name;
	unsigned int seconds; /* for the whole run */
	bool repeat;	      /* pass after pass until they are over */
};

/* The profile called NAME; a usage error when there is none. */
const struct profile *profile_find(const char *name);

/*
 * The seconds for a program that wants WANTED, when LEFT seconds of the run
 * are left and this and all later programs together want ALL: its fair share,
 * at least one, and 0 when the time is over. What is left over is shared, too,
 * when it may STRETCH.
 */
unsigned int profile_share(unsigned int wanted, double all, double left, bool stretch);

#endif
