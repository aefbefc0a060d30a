// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Migration: try_to_migrate() puts migration entries in place of the PTEs of a
 * page, its content is copied to another frame, remove_migration_pte() makes
 * PTEs of them again: young, dirty, exclusive and write-protect bits must come
 * back. Seen by frames that changed.
 */
#include "fail.h"
#include "knob.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mempolicy.h */
#define MPOL_DEFAULT	 0
#define MPOL_BIND	 2
#define MPOL_MF_MOVE_ALL 4 /* what other processes map as well */
#define NODES		 (8 * sizeof(unsigned long))

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

static int node_of(char *at)
{
	void *page = at;
	int node = -1;

	return syscall(SYS_move_pages, 0, 1, &page, NULL, &node, 0) ? -1 : node;
}

/* A node with memory that the page is not on. */
static int other_node(char *at)
{
	int first = 0, second = 1, here = node_of(at);
	FILE *file = fopen("/sys/devices/system/node/has_memory", "re");

	if (!file || fscanf(file, "%d%*[,-]%d", &first, &second) != 2)
		fail("two nodes with memory");
	fclose(file);
	return here == first ? second : first;
}

/* The pages of MAP that are in another frame when MOVE is done. */
static size_t moved_by(void (*move)(struct map *map, const struct scene_step *s), struct map *map,
		       const struct scene_step *s)
{
	uint64_t *before = calloc(map->pages, sizeof(*before));
	size_t moved;

	if (!before)
		fail("memory");
	pagemap_frames(map->at, map->len, before);
	move(map, s);
	moved = pagemap_moved(map->at, map->len, before);
	free(before);
	return moved;
}

static void move_pages_away(struct map *map, const struct scene_step *s)
{
	size_t page = pagemap_page_size();
	void **pages = calloc(map->pages, sizeof(*pages));
	int *nodes = calloc(map->pages, sizeof(*nodes)), *status = calloc(map->pages, sizeof(int));

	if (!pages || !nodes || !status)
		fail("memory");
	for (size_t i = 0; i < map->pages; i++) {
		pages[i] = map->at + i * page;
		nodes[i] = other_node(map->at);
	}
	if (say(syscall(SYS_move_pages, 0, map->pages, pages, nodes, status, MPOL_MF_MOVE_ALL)) <
		    0 &&
	    errno != ENOENT && errno != ENOMEM)
		fail("move_pages");
	free(pages);
	free(nodes);
	free(status);
}

static size_t run_move_pages(struct actor *a, struct map *map, const struct scene_step *s)
{
	return moved_by(move_pages_away, map, s);
}

/* The pages follow the policy of their mapping, which is as it was afterwards. */
static void bind_away(struct map *map, const struct scene_step *s)
{
	unsigned long mask = 1ul << other_node(map->at);

	if ((say(syscall(SYS_mbind, map->at, map->len, MPOL_BIND, &mask, NODES,
			 MPOL_MF_MOVE_ALL)) &&
	     errno != EIO) ||
	    syscall(SYS_mbind, map->at, map->len, MPOL_DEFAULT, NULL, 0, 0))
		fail("mbind");
}

static size_t run_mbind(struct actor *a, struct map *map, const struct scene_step *s)
{
	return moved_by(bind_away, map, s);
}

/* All of the process, and so the control's pages on the way of the map's. */
static void migrate_all(struct map *map, const struct scene_step *s)
{
	int to = other_node(map->at), from = node_of(map->at);
	unsigned long old = 1ul << (from < 0 ? 0 : from), fresh = 1ul << to;

	if (say(syscall(SYS_migrate_pages, 0, NODES, &old, &fresh)) < 0)
		fail("migrate_pages");
}

static size_t run_migrate_pages(struct actor *a, struct map *map, const struct scene_step *s)
{
	return moved_by(migrate_all, map, s);
}

static void compact(struct map *map, const struct scene_step *s)
{
	story("\"1\" to vm.compact_memory");
	knob_set("/proc/sys/vm/compact_memory", "1");
}

static size_t run_compact(struct actor *a, struct map *map, const struct scene_step *s)
{
	return moved_by(compact, map, s);
}

/* The old frame is given back where the kernel can be told to (hwpoison_inject). */
static void unpoison(uint64_t pfn)
{
	if (!knob_write("/sys/kernel/debug/hwpoison/unpoison-pfn", "%" PRIu64, pfn))
		errno = 0; /* it stays lost: that is what NEED_DISPOSABLE is for */
}

/* One page: every one costs the machine a frame. */
static size_t run_soft_offline(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *page = map->at + scene_from(s) / pagemap_page_size() * pagemap_page_size();
	uint64_t before = pagemap_of(page).pfn;
	size_t moved;

	/* EBUSY and EIO: held by others. */
	if (say(madvise(page, pagemap_page_size(), MADV_SOFT_OFFLINE)) && errno != EBUSY &&
	    errno != EIO)
		fail("MADV_SOFT_OFFLINE");
	moved = before && pagemap_of(page).present && pagemap_of(page).pfn != before;
	if (moved)
		unpoison(before);
	return moved;
}

const struct scene_op scene_ops_migrate[] = {
	{ .name = "move-pages",
	  .summary = "to the other node by move_pages(2)",
	  .needs = NEED_TWO_NODES | NEED_ROOT | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .run = run_move_pages,
	  .disturbs = true },
	{ .name = "mbind",
	  .summary = "to the other node by mbind(2)",
	  .needs = NEED_TWO_NODES | NEED_ROOT | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .run = run_mbind,
	  .disturbs = true },
	{ .name = "migrate-pages",
	  .summary = "all of the process to the other node by migrate_pages(2)",
	  .needs = NEED_TWO_NODES | NEED_ROOT | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .run = run_migrate_pages,
	  .disturbs = true },
	{ .name = "compact",
	  .summary = "vm.compact_memory: pages move to the end of their zone",
	  .needs = NEED_COMPACTION | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .run = run_compact,
	  .disturbs = true },
	{ .name = "soft-offline",
	  .summary = "[WHERE]: its first page's frame is taken out of use",
	  .argument = { ARG_WHERE },
	  .needs = NEED_SOFT_OFFLINE | NEED_DISPOSABLE | NEED_ROOT | NEED_PFN,
	  .kinds = ~SCENE_KIND(ZERO),
	  .run = run_soft_offline,
	  .disturbs = true },
	{ 0 },
};
