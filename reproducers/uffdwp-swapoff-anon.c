// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-swapoff-anon: swapoff must give the write-protect bit back
 *
 * Story    A write-protected page that was swapped out has its bit in the swap
 *          entry. swapoff brings it back by a path of its own, unuse_pte(),
 *          which makes a new PTE; if it does not ask the old one, the page comes
 *          back writable and unprotected.
 * Seen as  Every write afterwards is unreported: a live snapshot misses all that
 *          was swapped when somebody ran swapoff.
 * Fixed    14a762dd1977 (v5.19); 5.10 has it (not one of 64 writes is reported).
 * Steps    1 write-protect  2 page out  3 swapoff  4 write a quarter  5 that
 *          quarter was reported, nothing else  6 the content is right.
 */
#include "fail.h"
#include "res.h"
#include "track-check.h"

#include <sys/mman.h>

#define PAGES 64

static const struct case_cell cells[] = {
	{ "anon4k", "4 KiB pages", .arg = MAP_KIND_ANON },
	{ "thp", "a huge page", NEED_THP, .arg = MAP_KIND_THP },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-swapoff-anon",
	.summary = "uffd-wp of anonymous memory must survive swapoff",
	.tags = "uffd-wp anon swap swapoff tracking",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_ROOT | NEED_UFFD_WP,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:14a762dd1977",
	.broken_since = "5.7",
	.fixed_in = "5.19",
	.seen = "5.10.0-46: 47 of 47, 0.2 s; seeded (swapoff: uffd-wp lost) anon4k 0.1 s",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static size_t swap_off(struct case_ctx *c, struct map *map)
{
	size_t out;

	madvise(map->at, map->len, MADV_PAGEOUT);
	out = map_wait_out(map, 1000);
	if (!res_swap_cycle())
		fail("%s", res_why());
	return out;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	return track_trial(c, map, TRACK_UFFD, TRACK_AFTER, swap_off);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
