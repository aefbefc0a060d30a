// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory hot-unplug without the plug: a memory block goes offline, and whatever
 * of the map lies in it migrates before that (offline_pages()). It waits for pins
 * as long as its caller has patience. Only a block that was offline before is used.
 */
#include "fail.h"
#include "knob.h"
#include "limit.h"
#include "op.h"
#include "pagemap.h"
#include "res.h"
#include "story.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY	       "/sys/devices/system/memory/"
#define PATIENCE_MS    1000 /* blocks are 128 MiB or more */
#define MPOL_PREFERRED 1    /* linux/mempolicy.h */

/* The file that says whether a memory block is online, until the next call. */
static const char *state_of(unsigned long block)
{
	static char path[80];

	snprintf(path, sizeof(path), MEMORY "memory%lu/state", block);
	return path;
}

static bool is_offline(unsigned long block)
{
	FILE *file = fopen(state_of(block), "re");
	char text[16] = "";
	bool offline = file && fscanf(file, "%15s", text) == 1 && !strcmp(text, "offline");

	if (file)
		fclose(file);
	return offline;
}

static bool set_offline(unsigned long block)
{
	timer_t timer = limit_start(PATIENCE_MS);
	const char *path = state_of(block);
	bool ok = knob_write(path, "offline");

	story("\"offline\" to %s: %s", path, ok ? "ok" : strerror(errno));
	limit_end(timer);
	return ok;
}

/* The node of a block, by the link that is named after it. */
static int node_of_block(unsigned long block)
{
	char path[80];
	glob_t found = { 0 };
	int node = -1;

	snprintf(path, sizeof(path), MEMORY "memory%lu/node*", block);
	if (!glob(path, 0, NULL, &found) &&
	    sscanf(strrchr(found.gl_pathv[0], '/'), "/node%d", &node) != 1)
		node = -1;
	globfree(&found);
	return node;
}

static long in_use = -1; /* the block that is online for us; it goes back with the undo log */

/* What is mapped from now on comes from a node with such a block, and from ZONE_MOVABLE first. */
static void prefer_node(struct actor *a)
{
	glob_t found = { 0 };
	unsigned long block, mask;
	int node = -1;

	glob(MEMORY "memory[0-9]*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && node < 0; i++)
		if (sscanf(found.gl_pathv[i], MEMORY "memory%lu", &block) == 1 &&
		    is_offline(block) && res_write(state_of(block), "online_movable"))
			node = node_of_block(block);
	globfree(&found);
	if (node < 0)
		return; /* it will reach no page */
	in_use = block;
	mask = 1ul << node;
	if (syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 8 * sizeof(mask)))
		fail("set_mempolicy");
}

static unsigned long block_bytes(void)
{
	unsigned long bytes = 0;
	FILE *file = fopen(MEMORY "block_size_bytes", "re");

	if (!file || fscanf(file, "%lx", &bytes) != 1 || !bytes)
		fail(MEMORY "block_size_bytes");
	fclose(file);
	return bytes;
}

/*
 * It stays offline, for others would use it. EBUSY, EINTR: something there cannot
 * move, or is pinned.
 */
static void offline(uint64_t frame)
{
	unsigned long block = frame * pagemap_page_size() / block_bytes();

	if (frame && (long)block == in_use && set_offline(block))
		in_use = -1;
}

void scene_offline_end(void)
{
	if (in_use >= 0)
		set_offline(in_use);
}

static uint64_t *frames_of(const struct map *map)
{
	uint64_t *frames = calloc(map->pages, sizeof(*frames));

	if (!frames)
		fail("memory");
	pagemap_frames(map->at, map->len, frames);
	return frames;
}

/* The block of MAP's first page; the other pages, and the control's, are nearly always beside it. */
static size_t run_offline(struct actor *a, struct map *map, const struct scene_step *s)
{
	uint64_t *held = frames_of(&a->map), *free_to_go = frames_of(&a->control);
	size_t moved;

	offline(map == &a->map ? held[0] : free_to_go[0]);
	moved = pagemap_moved(a->map.at, a->map.len, held) +
		pagemap_moved(a->control.at, a->control.len, free_to_go);
	free(held);
	free(free_to_go);
	return moved;
}

const struct scene_op scene_ops_offline[] = {
	{ .name = "memory-offline",
	  .summary = "the memory block of its first page goes offline",
	  .needs = NEED_MEMORY_OFFLINE | NEED_DISPOSABLE | NEED_ROOT | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .prepare = prefer_node,
	  .run = run_offline,
	  .disturbs = true },
	{ 0 },
};
