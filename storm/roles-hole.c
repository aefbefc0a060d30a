// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who takes content away as it is documented: what is dropped reads as zeros,
 * and nothing of it comes back from a swap slot or the page cache. They claim
 * whole pages first: what others write there is theirs until then.
 */
#include "fail.h"
#include "pagemap.h"
#include "res.h"
#include "roles.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_PAGES 4

static const struct arena_content hole = { .zeros = true };

/* False: part of it is mlocked (madvise(2): EINVAL), and the rest may be gone. */
static bool drop(const struct arena_claim *claim)
{
	const struct map *map = &claim->arena->map;
	size_t len = arena_bytes(claim);
	int error;

	if (arena_is_private(claim->arena))
		error = madvise(arena_at(claim), len, MADV_DONTNEED);
	else if (map->fd < 0)
		error = madvise(arena_at(claim), len, MADV_REMOVE);
	else
		error = fallocate(map->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  arena_offset(claim), len);
	if (error && errno != EINVAL)
		fail("dropping %zu bytes", len);
	return !error;
}

static bool punch(struct racer *a)
{
	struct arena_claim claim;

	if (!storm_claim_pages(a, &claim, MOST_PAGES))
		return false;
	storm_check(a, &claim);
	if (drop(&claim))
		arena_set_all(&claim, hole);
	else
		arena_write(&claim, arena_at(&claim), STAMP_CPU);
	a->disturbed += arena_bytes(&claim) / pagemap_page_size();
	storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_puncher = {
	.name = "puncher",
	.summary = "MADV_DONTNEED, MADV_REMOVE and hole punching: zeros from then on",
	.kinds = ROLE_ANON | ROLE_SHMEM | ROLE_KIND(FILE),
	.step = punch,
	.rest_us = 100,
	.disturbs = true,
};

/* The last pages of the file, away and back. */
static bool cut(struct racer *a)
{
	struct arena *arena = storm_arena(a);
	size_t units = pagemap_page_size() / ARENA_UNIT * (1 + rng_below(&a->rng, MOST_PAGES));
	struct arena_claim claim;

	if (!arena || !arena_claim(&claim, arena, arena->units - units, units))
		return false;
	if (storm_check(a, &claim) && (ftruncate(arena->map.fd, arena_offset(&claim)) ||
				       ftruncate(arena->map.fd, arena->map.len)))
		fail("truncating the file behind the arena");
	arena_set_all(&claim, hole);
	a->disturbed += units * ARENA_UNIT / pagemap_page_size();
	storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_truncater = {
	.name = "truncater",
	.summary = "cuts off the end of the file and makes it long again: zeros",
	.kinds = ROLE_KIND(MEMFD) | ROLE_KIND(FILE),
	.step = cut,
	.rest_us = 100,
	.disturbs = true,
};

#define KSM "/sys/kernel/mm/ksm/"

static void open_ksm(struct racer *a)
{
	if (!res_write(KSM "sleep_millisecs", "0") || !res_write(KSM "pages_to_scan", "1000") ||
	    !res_write(KSM "run", "1"))
		fail("%s", res_why());
	for (unsigned int i = 0; i < storm_arenas(a->storm); i++) {
		struct map *map = &storm_arena_of(a->storm, i)->map;

		if (map->kind == MAP_KIND_ANON && madvise(map->at, map->len, MADV_MERGEABLE))
			fail("MADV_MERGEABLE");
	}
}

/* Pages of zeros are alike: ksmd merges them, and who writes next has to get a copy. */
static bool merge(struct racer *a)
{
	struct arena_claim claim;

	if (!storm_claim_pages(a, &claim, MOST_PAGES))
		return false;
	storm_check(a, &claim);
	memset(arena_at(&claim), 0, arena_bytes(&claim));
	arena_set_all(&claim, hole);
	a->disturbed += arena_bytes(&claim) / pagemap_page_size();
	arena_release(&claim);
	return true;
}

const struct role role_ksm_merger = {
	.name = "ksm-merger",
	.summary = "makes pages alike for ksmd, which runs without a pause",
	.needs = NEED_KSM,
	.kinds = ROLE_KIND(ANON),
	.open = open_ksm,
	.step = merge,
	.rest_us = 200,
	.disturbs = true,
};
