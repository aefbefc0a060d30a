/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadline: waiting for what the kernel does in its own time, by the clock: on a busy machine
 * a sleep of a millisecond takes ten.
 *
 *	struct deadline d = deadline_in(2000);
 *
 *	while (!merged() && deadline_wait(&d))
 *		;
 */
#ifndef LOSTWRITE_DEADLINE_H
#define LOSTWRITE_DEADLINE_H

#include <stdbool.h>
#include <time.h>

struct deadline {
	struct timespec end;
};

/* In MS milliseconds. */
struct deadline deadline_in(unsigned int ms);

/* Sleeps for a millisecond. False, at once, when it is over. */
bool deadline_wait(const struct deadline *d);

/* Seconds of CLOCK_MONOTONIC, which nobody sets; for differences. */
double deadline_now(void);

#endif
