// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-private-shmem-swapped: anonymous pages of a private memfd keep their protection in swap
 *
 * Story    A private mapping of a memfd has anonymous pages, so their swap
 *          entries are in the PTEs of a VMA that is not anonymous. What asks the
 *          VMA instead of the entry where the write-protect bit is kept takes
 *          them for file pages with markers, or drops them.
 * Seen as  A write after swap-in that is not reported.
 * Fixed    The feature came in v5.19: 999dad824c39. A kernel that
 *          fails has regressed.
 * Steps    1 write a quarter after arming  2 page out  3 swap in by a read, or
 *          swapoff, or not  4 write another quarter  5 both were reported,
 *          nothing else  6 the content is right.
 */
#include "fail.h"
#include "res.h"
#include "track-check.h"

#include <sys/mman.h>

#define PAGES 64

enum { OUT, READ, OFF };

static const struct case_cell cells[] = {
	{ "swapped", "written while it is out", .arg = OUT },
	{ "read-back", "read, then written", .arg = READ },
	{ "swapoff", "brought back by swapoff", NEED_ROOT, .arg = OFF },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-private-shmem-swapped",
	.summary = "uffd-wp of a private memfd's anonymous pages must survive swap",
	.tags = "uffd-wp memfd private swap tracking",
	.needs = NEED_UFFD_SHMEM | NEED_SWAP | NEED_PAGEOUT,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39",
	.fixed_in = "5.19",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static size_t swap(struct case_ctx *c, struct map *map)
{
	size_t out;

	madvise(map->at, map->len, MADV_PAGEOUT);
	out = map_wait_out(map, 1000);
	if (c->cell->arg == READ)
		map_read(map);
	if (c->cell->arg == OFF && !res_swap_cycle())
		fail("%s", res_why());
	return out;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	return track_trial(c, map, TRACK_UFFD, TRACK_BEFORE | TRACK_AFTER, swap);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_MEMFD_PRIVATE, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
