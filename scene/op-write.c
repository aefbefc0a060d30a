// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel stores and loads for us, at once: nothing is held when the line is
 * over. Some of it goes through the page table like a store of our own, some
 * through the page itself; then the page must be ours, and be known as written.
 */
#include "op-write.h"
#include "fail.h"
#include "story.h"

#include <stdlib.h>
#include <sys/uio.h>

const struct scene_way *scene_way(enum scene_argument argument, unsigned int how)
{
	const struct scene_way *way = argument == ARG_STORE ? scene_stores : scene_loads;

	while (way->name && how--)
		way++;
	return way->name ? way : NULL;
}

static char *room(size_t len)
{
	char *bytes = aligned_alloc(STAMP_PAGE, (len + STAMP_PAGE - 1) / STAMP_PAGE * STAMP_PAGE);

	if (!bytes)
		fail("memory");
	return bytes;
}

static size_t run_store(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t from = scene_from(s), len = scene_len(s, map), n;
	char *bytes = room(WAY_MOST);

	map_remember(map);
	for (size_t done = 0; done < len; done += n) {
		n = len - done < WAY_MOST ? len - done : WAY_MOST;
		stamp_fill(&map->stamp, bytes, from + done, n, s->generation, STAMP_DEVICE);
		scene_way(ARG_STORE, s->how)->store(a, map->at + from + done, bytes, n);
	}
	free(bytes);
	return 0;
}

static void model_of_store(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct model_value value = { s->generation, STAMP_DEVICE };

	for (unsigned int page = 0; page < m->pages; page++)
		if (scene_mask(m, s, page))
			model_write(m, s->process, page, scene_mask(m, s, page), value);
}

static size_t run_load(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t from = scene_from(s), len = scene_len(s, map), n;
	char *bytes = room(WAY_MOST);

	for (size_t done = 0; done < len; done += n) {
		n = len - done < WAY_MOST ? len - done : WAY_MOST;
		scene_way(ARG_LOAD, s->how)->load(a, map->at + from + done, bytes, n);
		if (!scene_check_bytes(a, bytes, from + done, n, scene_way(ARG_LOAD, s->how)->name))
			break;
	}
	free(bytes);
	return 0;
}

/* The pages are another process's: pinned for writing from outside, by FOLL_REMOTE. */
static size_t run_poke(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t from = scene_from(s), len = scene_len(s, map);
	struct iovec here = { room(len), len }, there = { map->at + from, len };

	stamp_fill(&map->stamp, here.iov_base, from, len, s->generation, STAMP_DEVICE);
	if (say(process_vm_writev(a->pid[s->child], &here, 1, &there, 1, 0)) != (ssize_t)len)
		fail("process_vm_writev to process '%s'", a->scene->name[s->child]);
	free(here.iov_base);
	return 0;
}

static void model_of_poke(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct scene_step theirs = *s;

	theirs.process = s->child;
	model_of_store(m, &theirs, a);
}

const struct scene_op scene_ops_write[] = {
	{ .name = "store",
	  .summary = "STORE GENERATION [WHERE]: the kernel stores for us",
	  .promise = "as after a store of its own",
	  .argument = { ARG_STORE, ARG_GENERATION, ARG_WHERE },
	  .run = run_store,
	  .model = model_of_store,
	  .faults = true },
	{ .name = "load",
	  .summary = "LOAD [WHERE]: what the kernel reads there is what the model allows",
	  .promise = "fails where it is not",
	  .argument = { ARG_LOAD, ARG_WHERE },
	  .run = run_load,
	  .judges = true },
	{ .name = "poke",
	  .summary = "NAME GENERATION [WHERE]: process_vm_writev() to that process",
	  .promise = "that process reads it, as after a store of its own",
	  .argument = { ARG_PROCESS, ARG_GENERATION, ARG_WHERE },
	  .run = run_poke,
	  .model = model_of_poke,
	  .faults = true },
	{ 0 },
};
