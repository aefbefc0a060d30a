// SPDX-License-Identifier: GPL-2.0-or-later
/* map: in a scene of one kind, which is known (scene/inline-facts.c). */
#include "map.h"
#include "pagemap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Aligned, with a page of nothing on both sides: no VMA merges with ours. */
void map_place(struct map *map, enum map_kind kind, size_t pages, uint64_t seed,
	       unsigned int buffer)
{
	size_t page = pagemap_page_size(), unit = kinds[kind].unit();
	char *area;

	*map = (struct map){ .kind = kind, .fd = -1, .stamp.buffer = buffer };
	map->len = (pages * page + unit - 1) / unit * unit;
	map->pages = map->len / page;
	map->frames = calloc(map->pages, sizeof(*map->frames));
	area = mmap(NULL, map->len + unit + 2 * page, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!map->frames || area == MAP_FAILED)
		fail("memory for %zu pages", pages);
	map->at = (char *)(((uintptr_t)area + page + unit - 1) / unit * unit);
	if (kinds[map->kind].before)
		kinds[map->kind].before(map);
	if (mmap(map->at, map->len, PROT_READ | PROT_WRITE, kinds[map->kind].flags | MAP_FIXED,
		 map->fd, 0) != map->at)
		fail("mmap");
	if (kinds[map->kind].advice && madvise(map->at, map->len, kinds[map->kind].advice) &&
	    errno != EINVAL) /* a kernel without THP */
		fail("madvise");
	if (map->kind == MAP_KIND_ZERO)
		map_read(map);
	else
		map_stamp(map, 1, STAMP_CPU);
	if (kinds[map->kind].after)
		kinds[map->kind].after(map);
}
