// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings that move, shrink, grow and are replaced: move_ptes(), zap_pte_range(). */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* 5.7; not in older headers */
#endif

static size_t absent(const struct map *map)
{
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
}

/* To half its size and back, in place. */
static size_t run_resize(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t half = map->len / 2;

	if (say(mremap(map->at, map->len, half, 0)) != map->at ||
	    mremap(map->at, half, map->len, 0) != map->at)
		fail("mremap to %zu bytes and back", half);
	return pagemap_count(map->at + half, map->len - half, PAGEMAP_ABSENT);
}

static void model_of_resize(struct model *m, const struct scene_step *s, const struct actor *a)
{
	for (unsigned int page = m->pages / 2; page < m->pages; page++)
		model_drop(m, s->process, page);
}

char *scene_room(const struct map *map, int prot, char **area)
{
	*area = mmap(NULL, 2 * map->len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*area == MAP_FAILED)
		fail("address space");
	return (char *)(((uintptr_t)*area + map->len - 1) / map->len * map->len);
}

/* The pages move away, their old place stays mapped and empty; then back over it. */
static size_t run_dontunmap(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *area, *place = scene_room(map, PROT_NONE, &area);
	int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
	size_t empty, before = absent(map);

	if (say(mremap(map->at, map->len, map->len, fixed | MREMAP_DONTUNMAP, place)) != place)
		fail("mremap with MREMAP_DONTUNMAP");
	empty = absent(map);
	if (say(mremap(place, map->len, map->len, fixed, map->at)) != map->at)
		fail("mremap back");
	munmap(area, 2 * map->len);
	return empty - before;
}

/*
 * The pages move away for good, their old place is empty: nothing is unmapped
 * there that would flush a TLB, only the move itself can. Huge pages of hugetlb
 * leave nothing mapped; fresh memory takes their place.
 */
static size_t run_leave(struct actor *a, struct map *map, const struct scene_step *s)
{
	static char *left[2]; /* the map's and the control's of the last round */
	char **area = &left[map == &a->control], *place;
	int huge = map->kind == MAP_KIND_HUGETLB ? MAP_HUGETLB : 0;
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | (huge ? 0 : MREMAP_DONTUNMAP);
	size_t before = absent(map);

	if (*area)
		munmap(*area, 2 * map->len);
	place = scene_room(map, PROT_NONE, area);
	if (say(mremap(map->at, map->len, map->len, flags, place)) != place) {
		if (!huge || errno != EINVAL)
			fail("mremap");
		a->refused = errno; /* before 5.16 */
		return 0;
	}
	if (huge && mmap(map->at, map->len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | huge, -1, 0) != map->at)
		fail("mmap of %zu bytes", map->len);
	return absent(map) - before;
}

/* munmap() of a part, and other memory in its place in the same call. */
static size_t run_unmap(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *from = map->at + scene_from(s);
	size_t len = scene_len(s, map);

	if (say(mmap(from, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0)) != from)
		fail("mmap of %zu bytes", len);
	return pagemap_count(from, len, PAGEMAP_ABSENT);
}

static void model_of_unmap(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_page(m, s, model_drop);
}

const struct scene_op scene_ops_remap[] = {
	{ .name = "mremap-resize",
	  .summary = "to half its size and back: the other half is dropped",
	  .promise = "the other half is zeros, or the file's: mremap(2)",
	  .kinds = ~SCENE_KIND(HUGETLB),
	  .run = run_resize,
	  .model = model_of_resize,
	  .disturbs = true,
	  .drops = true },
	{ .name = "mremap-dontunmap",
	  .summary = "away with MREMAP_DONTUNMAP and back",
	  .needs = NEED_DONTUNMAP,
	  .kinds = SCENE_ANON | SCENE_KIND(KSM), /* others since 5.13 */
	  .run = run_dontunmap,
	  .disturbs = true },
	{ .name = "mremap-leave",
	  .summary = "away for good, their place stays mapped: dropped",
	  .promise = "zeros, or the file's, where it was",
	  .needs = NEED_DONTUNMAP,
	  .kinds = SCENE_ANON | SCENE_KIND(KSM) | SCENE_KIND(HUGETLB),
	  .run = run_leave,
	  .model = model_of_unmap,
	  .disturbs = true,
	  .drops = true },
	{ .name = "unmap",
	  .summary = "[WHERE]: fresh memory is mapped over it",
	  .promise = "zeros: mmap(2), MAP_ANONYMOUS",
	  .argument = { ARG_WHERE },
	  .kinds = SCENE_ANON | SCENE_KIND(KSM) | SCENE_KIND(ZERO),
	  .run = run_unmap,
	  .model = model_of_unmap,
	  .disturbs = true,
	  .drops = true,
	  .whole_pages = true },
	{ 0 },
};
