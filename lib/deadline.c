// SPDX-License-Identifier: GPL-2.0-or-later
#include "deadline.h"

#include <unistd.h>

#define NS 1000000000l

struct deadline deadline_in(unsigned int ms)
{
	struct deadline d;

	clock_gettime(CLOCK_MONOTONIC, &d.end);
	d.end.tv_sec += ms / 1000;
	d.end.tv_nsec += ms % 1000 * 1000000l;
	if (d.end.tv_nsec >= NS) {
		d.end.tv_sec++;
		d.end.tv_nsec -= NS;
	}
	return d;
}

bool deadline_wait(const struct deadline *d)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > d->end.tv_sec ||
	    (now.tv_sec == d->end.tv_sec && now.tv_nsec >= d->end.tv_nsec))
		return false;
	usleep(1000);
	return true;
}

double deadline_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
