// SPDX-License-Identifier: GPL-2.0-or-later
/* slow: a case program for tests/patience.sh: one cell that needs a processor, and one that hangs. */
#include "case.h"

#include <time.h>
#include <unistd.h>

#define CPU_SECONDS 1.5

static double cpu_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec + used.tv_nsec / 1e9;
}

static enum verdict run(struct case_ctx *c)
{
	while (c->cell->arg)
		pause();
	while (cpu_seconds() < CPU_SECONDS)
		;
	return PASS;
}

static const struct case_cell cells[] = {
	{ .name = "work", .summary = "needs a processor for a while" },
	{ .name = "hang", .summary = "never ends", .arg = 1 },
	{ .name = NULL },
};

static const struct case_info info = {
	.name = "slow",
	.summary = "a cell that takes long where others have the processor",
	.seconds = 1,
	.rounds = 1,
	.cells = cells,
};

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
