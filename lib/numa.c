// SPDX-License-Identifier: GPL-2.0-or-later
#include "numa.h"
#include "fail.h"
#include "res.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const periods[] = {
	"/sys/kernel/debug/sched/numa_balancing/scan_delay_ms", /* 5.13 and later */
	"/sys/kernel/debug/sched/numa_balancing/scan_period_min_ms",
	"/sys/kernel/debug/sched/numa_balancing/scan_period_max_ms",
	"/proc/sys/kernel/numa_balancing_scan_delay_ms",
	"/proc/sys/kernel/numa_balancing_scan_period_min_ms",
	"/proc/sys/kernel/numa_balancing_scan_period_max_ms",
};

void numa_two_nodes(int node[2])
{
	char text[64] = "", *at = text;
	FILE *file = fopen("/sys/devices/system/node/has_memory", "re");
	int last;

	if (!file || !fgets(text, sizeof(text), file))
		fail("nodes with memory");
	fclose(file);
	node[0] = strtol(at, &at, 10);
	last = *at ? strtol(at + 1, &at, 10) : node[0] + 1;
	node[1] = text[1] == '-' ? node[0] + 1 : last;
}

static void balancing(const char *value)
{
	if (!res_write("/proc/sys/kernel/numa_balancing", value))
		fail("%s", res_why());
}

void numa_balancing_on(void)
{
	for (size_t i = 0; i < sizeof(periods) / sizeof(*periods); i++)
		if (!access(periods[i], W_OK) && !res_write(periods[i], "10"))
			fail("%s", res_why());
	balancing("1");
}

void numa_balancing_off(void)
{
	balancing("0");
}
