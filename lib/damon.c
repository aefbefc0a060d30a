// SPDX-License-Identifier: GPL-2.0-or-later
#include "damon.h"
#include "fail.h"
#include "knob.h"
#include "pagemap.h"
#include "res.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAMONDS "/sys/kernel/mm/damon/admin/kdamonds/"
#define CONTEXT DAMONDS "0/contexts/0/"
#define TARGET	CONTEXT "targets/0/"
#define SCHEME	CONTEXT "schemes/0/"
#define STAT	"/sys/module/damon_stat/parameters/enabled"

struct range {
	uint64_t from, to; /* bytes */
};

static bool by_address(void)
{
	char line[64];
	bool found = false;
	FILE *file = fopen(CONTEXT "avail_operations", "re");

	while (file && fgets(line, sizeof(line), file))
		found |= !strcmp(line, "fvaddr\n");
	if (file)
		fclose(file);
	return found;
}

static int in_order(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* The frames of all maps, in order, neighbours joined. */
static size_t frames(const struct map *const *maps, unsigned int count, struct range *ranges)
{
	size_t page = pagemap_page_size(), n = 0, joined = 0;
	uint64_t pfn;

	for (unsigned int m = 0; m < count; m++)
		for (size_t i = 0; i < maps[m]->pages; i++) {
			pfn = pagemap_of(maps[m]->at + i * page).pfn;
			if (pfn)
				ranges[n++] = (struct range){ pfn * page, (pfn + 1) * page };
		}
	qsort(ranges, n, sizeof(*ranges), in_order);
	for (size_t i = 1; i < n; i++)
		if (ranges[i].from <= ranges[joined].to)
			ranges[joined].to = ranges[i].to;
		else
			ranges[++joined] = ranges[i];
	return n ? joined + 1 : 0;
}

static size_t addresses(const struct map *const *maps, unsigned int n, struct range *ranges)
{
	for (unsigned int m = 0; m < n; m++)
		ranges[m] = (struct range){ (uintptr_t)maps[m]->at,
					    (uintptr_t)maps[m]->at + maps[m]->len };
	qsort(ranges, n, sizeof(*ranges), in_order);
	return n;
}

static void tell_regions(const struct range *ranges, size_t n)
{
	char path[PATH_MAX];

	knob_set(TARGET "regions/nr_regions", "%zu", n);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), TARGET "regions/%zu/start", i);
		knob_set(path, "%llu", (unsigned long long)ranges[i].from);
		snprintf(path, sizeof(path), TARGET "regions/%zu/end", i);
		knob_set(path, "%llu", (unsigned long long)ranges[i].to);
	}
}

/* Whatever its size, however often it was used. */
static void tell_scheme(void)
{
	static const char *const any[] = { "sz", "nr_accesses", "age" };
	char path[PATH_MAX];

	knob_set(CONTEXT "schemes/nr_schemes", "1");
	knob_set(SCHEME "action", "pageout");
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), SCHEME "access_pattern/%s/max", any[i]);
		knob_set(path, "%u", 1u << 30);
	}
	knob_set(CONTEXT "monitoring_attrs/intervals/sample_us", "1000");
	knob_set(CONTEXT "monitoring_attrs/intervals/aggr_us", "5000");
	knob_set(CONTEXT "monitoring_attrs/nr_regions/max", "4096");
}

static void configure(const struct map *const *maps, unsigned int count)
{
	struct range *ranges;
	size_t most = 0;
	bool address;

	for (unsigned int m = 0; m < count; m++)
		most += maps[m]->pages;
	ranges = calloc(most, sizeof(*ranges));
	if (!ranges)
		fail("memory");
	/* The kernel's own statistics are a monitor as well, and there can be but one. */
	if (!access(STAT, W_OK) && !res_write(STAT, "N"))
		fail("%s", res_why());
	/* The thread ends at the undo before its place goes: a step each, undone backwards. */
	if (!res_write(DAMONDS "nr_kdamonds", "1"))
		fail("%s", res_why());
	knob_set(DAMONDS "0/contexts/nr_contexts", "1");
	address = by_address();
	knob_set(CONTEXT "operations", address ? "fvaddr" : "paddr");
	knob_set(CONTEXT "targets/nr_targets", "1");
	if (address)
		knob_set(TARGET "pid_target", "%d", getpid());
	tell_regions(ranges,
		     address ? addresses(maps, count, ranges) : frames(maps, count, ranges));
	tell_scheme();
	free(ranges);
}

void damon_pageout_on(const struct map *const *maps, unsigned int count)
{
	configure(maps, count);
	if (!res_write(DAMONDS "0/state", "on")) {
		knob_set(DAMONDS "nr_kdamonds", "0"); /* what never ran cannot be switched off */
		fail("%s", res_why());
	}
}

void damon_pageout_off(void)
{
	knob_set(DAMONDS "0/state", "off");
	knob_set(DAMONDS "nr_kdamonds", "0");
}
