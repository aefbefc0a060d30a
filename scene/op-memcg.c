// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reclaim by memory cgroup: unlike MADV_PAGEOUT it looks at the LRU lists, ages
 * pages first, and takes what several processes map, through all their PTEs.
 */
#include "memcg.h"
#include "op.h"
#include "pagemap.h"

static void enter(struct actor *a)
{
	memcg_enter(); /* memory is charged to the cgroup of whoever touches it first */
}

static size_t absent(const struct map *map)
{
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
}

static size_t run_memcg_reclaim(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (scene_control_next(a, map))
		return 0; /* one for both */
	for (int tries = 0; tries < 3 && absent(map) < map->pages; tries++)
		memcg_reclaim();
	return absent(map) + (map == &a->control ? absent(&a->map) : 0);
}

const struct scene_op scene_ops_memcg[] = {
	{ .name = "memcg-reclaim",
	  .summary = "reclaim of the cgroup that the memory is charged to",
	  .needs = NEED_SWAP | NEED_MEMCG | NEED_ROOT,
	  .prepare = enter,
	  .run = run_memcg_reclaim,
	  .disturbs = true },
	{ 0 },
};
