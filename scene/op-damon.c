// SPDX-License-Identifier: GPL-2.0-or-later
/* DAMON's action "pageout": a kernel thread reclaims what it is told to watch. */
#include "damon.h"
#include "deadline.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <unistd.h>

#define WAIT_MS 2000

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
	damon_pageout_on(maps, maps[1] ? 2 : 1);
	story("a kdamond runs the scheme \"pageout\" on the map and the control");
	d = deadline_in(WAIT_MS);
	while (absent(free_one) < free_one->pages && deadline_wait(&d))
		;
	usleep(10000); /* two more turns: what is held is rightly left alone */
	damon_pageout_off();
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
