// SPDX-License-Identifier: GPL-2.0-or-later
/* Gates, looked at ten thousand times a second: no futex(2) to follow. */
#include "child.h"

#include <unistd.h>

void gate_set(struct gate *gate, int step)
{
	atomic_store(&gate->step, step);
}

bool gate_wait(struct gate *gate, int step, unsigned int seconds)
{
	for (unsigned int tries = 0; atomic_load(&gate->step) != step; tries++) {
		if (tries / 10000 > seconds)
			return false;
		usleep(100);
	}
	return true;
}

int gate_wait_change(struct gate *gate, int step, unsigned int seconds)
{
	for (unsigned int tries = 0; atomic_load(&gate->step) == step; tries++) {
		if (tries / 10000 > seconds)
			break;
		usleep(100);
	}
	return atomic_load(&gate->step);
}
