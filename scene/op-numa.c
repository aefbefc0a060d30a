// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NUMA balancing makes PTEs inaccessible from time to time and learns from the
 * faults (change_prot_numa(), do_numa_page()): the write bit, the dirty bit and
 * the frame must be what they were, or the page is migrated on the way.
 */
#include "numa.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"
#include "vmstat.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECONDS 2

/* Scanning goes with the CPU time that the program burns: it reads its own pages. */
static size_t run_numa_hint(struct actor *a, struct map *map, const struct scene_step *s)
{
	unsigned long faults = vmstat("numa_hint_faults");
	size_t want = map->kind == MAP_KIND_THP ? 2 : map->pages; /* a fault a PMD */
	time_t end = time(NULL) + SECONDS;

	if (scene_control_next(a, map))
		return 0; /* one for both */
	numa_balancing_on();
	story("loads of all pages until NUMA balancing has made %zu hinting faults", want);
	while (vmstat("numa_hint_faults") - faults < want && time(NULL) <= end)
		for (int i = 0; i < 100; i++) {
			map_read(&a->map);
			map_read(map);
		}
	numa_balancing_off();
	return vmstat("numa_hint_faults") - faults;
}

/*
 * The PTEs are made inaccessible, and stay so until somebody comes. That shows
 * at the control only, which is read: the map was scanned with it.
 */
static size_t run_numa_arm(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t want = map->kind == MAP_KIND_THP ? 1 : map->pages;
	time_t end = time(NULL) + 2 * SECONDS; /* a second until the first scan */
	unsigned long before, faults;

	if (scene_control_next(a, map))
		return 0; /* one for both */
	numa_balancing_on();
	do {
		for (clock_t begin = clock(); clock() - begin < CLOCKS_PER_SEC / 50;)
			;
		vmstat("numa_hint_faults"); /* the faults of reading it */
		before = vmstat("numa_hint_faults");
		map_read(map);
		faults = vmstat("numa_hint_faults") - before;
	} while (faults < want && time(NULL) <= end);
	numa_balancing_off();
	return faults < want ? 0 : map->pages;
}

const struct scene_op scene_ops_numa[] = {
	{ .name = "numa-hint",
	  .summary = "NUMA balancing unmaps pages for a moment and faults them back",
	  .needs = NEED_TWO_NODES | NEED_ROOT | NEED_NUMA_BALANCING,
	  .kinds = ~(SCENE_KIND(ZERO) | SCENE_KIND(HUGETLB)),
	  .run = run_numa_hint,
	  .disturbs = true },
	{ .name = "numa-arm",
	  .summary = "NUMA balancing unmaps pages, the next fault is for whom it may concern",
	  .needs = NEED_TWO_NODES | NEED_ROOT | NEED_NUMA_BALANCING,
	  .kinds = ~(SCENE_KIND(ZERO) | SCENE_KIND(HUGETLB)),
	  .run = run_numa_arm,
	  .disturbs = true },
	{ 0 },
};
