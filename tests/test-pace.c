// SPDX-License-Identifier: GPL-2.0-or-later
/* The pace of the machine: it is slower with others on its processor, and measured in bounds. */
#include "child.h"
#include "pace.h"
#include "tap.h"

#include <sched.h>
#include <unistd.h>

#define HOGS 6

static bool use_one_processor(void)
{
	cpu_set_t one;
	int here = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(here < 0 ? 0 : here, &one);
	return !sched_setaffinity(0, sizeof(one), &one);
}

static pid_t hog(void)
{
	pid_t pid = fork();

	if (!pid) {
		child_bind();
		for (;;)
			;
	}
	return pid;
}

static double best_of(unsigned int n)
{
	double best = PACE_MAX, now;

	while (n--) {
		now = pace();
		best = now < best ? now : best;
	}
	return best;
}

int main(void)
{
	pid_t hogs[HOGS];
	double alone, beside;

	if (!use_one_processor()) {
		skip("pace", "cannot stay on one processor");
		return done();
	}
	alone = best_of(3);
	ok(alone >= 1 && alone <= PACE_MAX, "alone: %.2f times slower than usual", alone);
	for (unsigned int i = 0; i < HOGS; i++)
		hogs[i] = hog();
	beside = best_of(1);
	for (unsigned int i = 0; i < HOGS; i++)
		if (hogs[i] > 0)
			child_end(hogs[i]);
	if (alone > PACE_MAX / 4)
		skip("beside others it is slower", "the machine is too busy to tell");
	else
		ok(beside > 1.5 * alone && beside <= PACE_MAX, "beside %d others: %.2f", HOGS,
		   beside);
	return done();
}
