// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DAMON's action "pageout" (Documentation/admin-guide/mm/damon/usage.rst): a
 * kernel thread reclaims what it is told to watch: by address where the kernel
 * has that, else by frame.
 */
#include "deadline.h"
#include "fail.h"
#include "knob.h"
#include "op.h"
#include "pagemap.h"
#include "res.h"
#include "story.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DAMONDS "/sys/kernel/mm/damon/admin/kdamonds/"
#define CONTEXT DAMONDS "0/contexts/0/"
#define TARGET	CONTEXT "targets/0/"
#define SCHEME	CONTEXT "schemes/0/"
#define STAT	"/sys/module/damon_stat/parameters/enabled"
#define WAIT_MS 2000

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

/* The frames of both maps, in order, neighbours joined. */
static size_t frames(const struct map *maps[2], struct range *ranges)
{
	size_t page = pagemap_page_size(), n = 0, joined = 0;
	uint64_t pfn;

	for (int m = 0; m < 2; m++)
		for (size_t i = 0; maps[m] && i < maps[m]->pages; i++) {
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

static size_t addresses(const struct map *maps[2], struct range *ranges)
{
	size_t n = 0;

	for (int m = 0; m < 2; m++)
		if (maps[m])
			ranges[n++] = (struct range){ (uintptr_t)maps[m]->at,
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

static void configure(const struct map *maps[2])
{
	size_t most = maps[0]->pages + (maps[1] ? maps[1]->pages : 0);
	struct range *ranges = calloc(most, sizeof(*ranges));
	bool address;

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
	tell_regions(ranges, address ? addresses(maps, ranges) : frames(maps, ranges));
	tell_scheme();
	free(ranges);
}

static size_t absent(const struct map *map)
{
	return map ? pagemap_count(map->at, map->len, PAGEMAP_ABSENT) : 0;
}

static size_t run_damon(struct actor *a, struct map *map, const struct scene_step *s)
{
	const struct map *maps[2] = { &a->map, map == &a->control ? map : NULL };
	const struct map *free_one = map;
	struct deadline d;

	if (scene_control_next(a, map))
		return 0; /* one for both */
	configure(maps);
	if (!res_write(DAMONDS "0/state", "on")) {
		knob_set(DAMONDS "nr_kdamonds", "0"); /* what never ran cannot be switched off */
		fail("%s", res_why());
	}
	story("a kdamond runs the scheme \"pageout\" on the map and the control");
	d = deadline_in(WAIT_MS);
	while (absent(free_one) < free_one->pages && deadline_wait(&d))
		;
	usleep(10000); /* two more turns: what is held is rightly left alone */
	knob_set(DAMONDS "0/state", "off");
	knob_set(DAMONDS "nr_kdamonds", "0");
	return absent(maps[0]) + absent(maps[1]);
}

const struct scene_op scene_ops_damon[] = {
	{ .name = "damon-pageout",
	  .summary = "reclaimed by a DAMON scheme",
	  .needs = NEED_SWAP | NEED_ROOT | NEED_DAMON | NEED_PFN,
	  .kinds = SCENE_ANON | SCENE_PRIVATE | SCENE_SHMEM,
	  .run = run_damon,
	  .disturbs = true },
	{ 0 },
};
