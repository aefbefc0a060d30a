// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmstat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long value(const char *line, const char *const *names)
{
	size_t len = strcspn(line, " ");

	for (; *names; names++)
		if (strlen(*names) == len && !memcmp(line, *names, len))
			return strtoul(line + len, NULL, 10);
	return 0;
}

unsigned long vmstat_sum(const char *const *names)
{
	unsigned long sum = 0;
	char line[128];
	FILE *file = fopen("/proc/vmstat", "re");

	while (file && fgets(line, sizeof(line), file))
		sum += value(line, names);
	if (file)
		fclose(file);
	return sum;
}

unsigned long vmstat(const char *name)
{
	return vmstat_sum((const char *const[]){ name, NULL });
}
