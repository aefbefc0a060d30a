// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice that changes page table entries and leaves content alone. */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22 /* 5.14; not in older headers */
#define MADV_POPULATE_WRITE 23
#endif

/* The accessed bits are cleared: each PTE is taken out and put back. */
static size_t run_cold(struct actor *a, struct map *map, const struct scene_step *s)
{
	long before = pagemap_smaps_kb(map->at, "Referenced:");

	if (say(madvise(map->at + scene_from(s), scene_len(s, map), MADV_COLD)))
		fail("MADV_COLD");
	return pagemap_smaps_kb(map->at, "Referenced:") < before ? map->pages : 0;
}

/* What is present is locked, the rest would be when it is faulted in. */
static size_t run_mlock_onfault(struct actor *a, struct map *map, const struct scene_step *s)
{
	long locked;

	if (say(mlock2(map->at, map->len, MLOCK_ONFAULT)))
		fail("mlock2 of %zu bytes", map->len);
	locked = pagemap_smaps_kb(map->at, "Locked:");
	if (say(munlock(map->at, map->len)))
		fail("munlock");
	return locked > 0 ? map->pages : 0;
}

static size_t populate(struct map *map, const struct scene_step *s, int advice)
{
	if (say(madvise(map->at + scene_from(s), scene_len(s, map), advice)))
		fail("MADV_POPULATE");
	return pagemap_count(map->at + scene_from(s), scene_len(s, map), PAGEMAP_PRESENT);
}

static size_t run_populate_read(struct actor *a, struct map *map, const struct scene_step *s)
{
	return populate(map, s, MADV_POPULATE_READ);
}

static size_t run_populate_write(struct actor *a, struct map *map, const struct scene_step *s)
{
	return populate(map, s, MADV_POPULATE_WRITE);
}

/* Read ahead into the swap cache or the page cache: there, and not mapped. */
static size_t run_willneed(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t page = pagemap_page_size(), ahead = 0;
	unsigned char *resident = calloc(map->pages, 1);

	if (!resident)
		fail("memory");
	if (say(madvise(map->at + scene_from(s), scene_len(s, map), MADV_WILLNEED)) ||
	    mincore(map->at, map->len, resident))
		fail("MADV_WILLNEED");
	for (size_t i = 0; i < map->pages; i++)
		ahead += resident[i] & 1 && !pagemap_of(map->at + i * page).present;
	free(resident);
	return ahead;
}

const struct scene_op scene_ops_advise[] = {
	{ .name = "cold",
	  .summary = "[WHERE]: MADV_COLD, the accessed bits are cleared",
	  .argument = { ARG_WHERE },
	  .needs = NEED_PAGEOUT, /* of the same kernel, 5.4 */
	  .kinds = ~(SCENE_KIND(HUGETLB) | SCENE_KIND(ZERO)),
	  .run = run_cold,
	  .disturbs = true,
	  .whole_pages = true },
	{ .name = "mlock-onfault",
	  .summary = "mlock2 of what is present, and munlock",
	  .kinds = ~SCENE_KIND(HUGETLB),
	  .run = run_mlock_onfault,
	  .disturbs = true },
	{ .name = "populate-read",
	  .summary = "[WHERE]: MADV_POPULATE_READ",
	  .argument = { ARG_WHERE },
	  .needs = NEED_POPULATE,
	  .run = run_populate_read,
	  .disturbs = true,
	  .whole_pages = true },
	{ .name = "populate-write",
	  .summary = "[WHERE]: MADV_POPULATE_WRITE, write faults without a store",
	  .argument = { ARG_WHERE },
	  .needs = NEED_POPULATE,
	  .run = run_populate_write,
	  .disturbs = true,
	  .faults = true,
	  .whole_pages = true },
	{ .name = "willneed",
	  .summary = "[WHERE]: MADV_WILLNEED, read ahead and not mapped",
	  .argument = { ARG_WHERE },
	  .run = run_willneed,
	  .disturbs = true,
	  .whole_pages = true },
	{ 0 },
};
