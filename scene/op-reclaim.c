// SPDX-License-Identifier: GPL-2.0-or-later
/* Reclaim, swap, and memory that is given away. */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "res.h"
#include "story.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* 6.13; not in older headers */
#endif
#ifndef MADV_GUARD_REMOVE
#define MADV_GUARD_REMOVE 103
#endif

static size_t absent(const struct map *map)
{
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
}

#define WRITING_MS 1000 /* a busy disk */

/*
 * Reclaim works on what is not mapped by others; one try may meet pages in
 * another CPU's batch or under writeback. What is read while it is still being
 * written is another state than what was: its swap cannot be freed yet.
 */
static size_t run_pageout(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t out = 0;

	if (!a->pin) /* or they are those that are held */
		map_remember(map);
	for (int tries = 0; tries < 2 && out < map->pages; tries++) {
		say(madvise(map->at + scene_from(s), scene_len(s, map), MADV_PAGEOUT));
		out = absent(map);
	}
	if (map == &a->control && out) /* of pages that a child shares none ever goes */
		map_wait_out(map, 50);
	pagemap_wait_written(map->frames, map->pages, WRITING_MS);
	return out;
}

/* Everything swapped comes back, page by page, through unuse_pte(): one for map and control. */
static size_t run_swapoff(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t before = absent(map) + absent(&a->control);

	if (map == &a->control)
		return 0;
	if (!res_swap_cycle())
		fail("%s", res_why());
	return before; /* after a swapoff that worked nothing is out any more */
}

static size_t run_mlock(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t locked;

	if (say(mlock(map->at, map->len)))
		fail("mlock of %zu bytes", map->len);
	locked = pagemap_count(map->at, map->len, PAGEMAP_PRESENT);
	if (say(munlock(map->at, map->len)))
		fail("munlock");
	return locked;
}

static size_t run_dontneed(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *from = map->at + scene_from(s);

	if (say(madvise(from, scene_len(s, map), MADV_DONTNEED))) {
		if (map->kind != MAP_KIND_HUGETLB || errno != EINVAL)
			fail("MADV_DONTNEED");
		a->refused = errno; /* before 5.18 */
	}
	return pagemap_count(from, scene_len(s, map), PAGEMAP_ABSENT);
}

static void model_of_dontneed(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_page(m, s, model_drop);
}

/* Markers in place of the pages, as uffd-wp has them; what is mapped when they go is nothing. */
static size_t run_guard(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *from = map->at + scene_from(s);
	size_t len = scene_len(s, map), guarded;

	if (say(madvise(from, len, MADV_GUARD_INSTALL)))
		fail("MADV_GUARD_INSTALL");
	guarded = pagemap_count(from, len, PAGEMAP_ABSENT);
	if (say(madvise(from, len, MADV_GUARD_REMOVE)))
		fail("MADV_GUARD_REMOVE");
	return guarded;
}

static size_t run_free(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(madvise(map->at + scene_from(s), scene_len(s, map), MADV_FREE)) && errno != EINVAL)
		fail("MADV_FREE");
	return 0;
}

static void model_of_free(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_page(m, s, model_free);
}

const struct scene_op scene_ops_reclaim[] = {
	{ .name = "pageout",
	  .whole_pages = true,
	  .summary = "[WHERE]: MADV_PAGEOUT",
	  .argument = { ARG_WHERE },
	  .needs = NEED_SWAP | NEED_PAGEOUT,
	  .run = run_pageout,
	  .disturbs = true },
	{ .name = "swapoff",
	  .summary = "swapoff and swapon again: what was out comes back by unuse_pte()",
	  .needs = NEED_SWAP | NEED_ROOT,
	  .run = run_swapoff,
	  .disturbs = true },
	{ .name = "mlock",
	  .summary = "mlock and munlock",
	  .run = run_mlock,
	  .disturbs = true,
	  .faults = true },
	{ .name = "dontneed",
	  .whole_pages = true,
	  .summary = "[WHERE]: MADV_DONTNEED",
	  .promise = "private memory reads zeros, shared stays: madvise(2)",
	  .argument = { ARG_WHERE },
	  .run = run_dontneed,
	  .model = model_of_dontneed,
	  .disturbs = true,
	  .drops = true },
	{ .name = "guard",
	  .whole_pages = true,
	  .summary = "[WHERE]: guard markers in place of the pages, and away",
	  .promise = "zeros: MADV_GUARD_INSTALL drops what is there, madvise(2)",
	  .argument = { ARG_WHERE },
	  .needs = NEED_GUARD,
	  .kinds = SCENE_ANON,
	  .run = run_guard,
	  .model = model_of_dontneed,
	  .disturbs = true,
	  .drops = true },
	{ .name = "free",
	  .whole_pages = true,
	  .summary = "[WHERE]: MADV_FREE",
	  .promise = "the old content or zeros, until it is written: madvise(2)",
	  .argument = { ARG_WHERE },
	  .run = run_free,
	  .model = model_of_free },
	{ 0 },
};
