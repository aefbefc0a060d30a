// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KSM: pages of equal content become one that is write-protected
 * (write_protect_page(), replace_page()); unmerging faults in a copy of each.
 */
#include "deadline.h"
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "res.h"
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KNOBS	"/sys/kernel/mm/ksm/"
#define WAIT_MS 1000
#define TURN_MS 100

static void start_ksmd(void)
{
	if (!res_write(KNOBS "pages_to_scan", "2000") || !res_write(KNOBS "sleep_millisecs", "1") ||
	    !res_write(KNOBS "run", "1"))
		fail("%s", res_why());
}

static unsigned long scans(void)
{
	unsigned long number = 0;
	FILE *file = fopen(KNOBS "full_scans", "re");

	if (file && fscanf(file, "%lu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

static char *was; /* what the map's twin held when it was made: nobody writes to it */

static void make_twin(struct map *map, bool remember)
{
	if (!map->twin)
		map->twin = mmap(NULL, map->len, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map->twin == MAP_FAILED)
		fail("the twin mapping");
	memcpy(map->twin, map->at, map->len);
	if (remember) {
		was = realloc(was, map->len);
		if (!was)
			fail("memory");
		memcpy(was, map->at, map->len);
	}
	if (say(madvise(map->at, map->len, MADV_MERGEABLE)) ||
	    madvise(map->twin, map->len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
}

/* What is held is rightly not merged: the scan that merged the control has seen it as well. */
static size_t run_merge(struct actor *a, struct map *map, const struct scene_step *s)
{
	unsigned long seen;
	struct deadline d;

	make_twin(map, map == &a->map);
	if (scene_control_next(a, map))
		return 0;
	start_ksmd();
	d = deadline_in(WAIT_MS);
	while (map_merged(map) < map->pages && deadline_wait(&d))
		;
	seen = scans();
	d = deadline_in(TURN_MS);
	while (map_merged(&a->map) < map->pages && scans() - seen < 2 && deadline_wait(&d))
		;
	return map_merged(map) + (map == &a->control ? map_merged(&a->map) : 0);
}

static size_t run_unmerge(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t before = map->twin ? map_merged(map) : 0;

	if (say(madvise(map->at, map->len, MADV_UNMERGEABLE)))
		fail("MADV_UNMERGEABLE");
	return before - (map->twin ? map_merged(map) : 0);
}

/* A store that went past the write protection is in all pages that were merged. */
static size_t run_check_twin(struct actor *a, struct map *map, const struct scene_step *s)
{
	for (size_t at = 0; was && map->twin && at < map->len; at += STAMP_PAGE)
		if (memcmp(map->twin + at, was + at, STAMP_PAGE) != 0) {
			case_corrupt(
				a->c, "leaked write",
				"the KSM twin of page %zu of %zu has changed, and nobody wrote to it",
				at / STAMP_PAGE, map->len / STAMP_PAGE);
			return 0;
		}
	return 0;
}

#define MERGEABLE (SCENE_KIND(ANON) | SCENE_KIND(MTHP) | SCENE_KIND(KSM) | SCENE_PRIVATE)

const struct scene_op scene_ops_ksm[] = {
	{ .name = "ksm-merge",
	  .summary = "each page is merged with one of a twin mapping",
	  .needs = NEED_KSM | NEED_PFN,
	  .kinds = MERGEABLE,
	  .run = run_merge,
	  .disturbs = true },
	{ .name = "ksm-unmerge",
	  .summary = "MADV_UNMERGEABLE: each has a page of its own again",
	  .needs = NEED_KSM | NEED_PFN,
	  .kinds = MERGEABLE,
	  .run = run_unmerge,
	  .disturbs = true },
	{ .name = "check-twin",
	  .summary = "the twin that pages were merged with is as it was",
	  .kinds = MERGEABLE,
	  .run = run_check_twin,
	  .judges = true },
	{ 0 },
};
