// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-shmem-vs-pageout: a write to a paged-out, write-protected page is reported
 *
 * Story    The write-protect bit of userfaultfd lives in the PTE. A shmem page
 *          is not anonymous: when reclaim unmaps it nothing need stay in the
 *          PTE, and with the PTE the bit would be gone. A marker has to take
 *          its place; without it the next write is not reported.
 * Seen as  A snapshot or a live migration that misses the page for ever.
 * Fixed    The feature came with the markers in v5.19: 999dad824c39 (they
 *          survive unmapping), 9c28a205c061 (faults honour them). A kernel that
 *          loses them has regressed.
 * Steps    1 write-protect by userfaultfd  2 page out  3 write a quarter
 *          4 each page of it was reported, no other  5 the content is right.
 */
#include "track-check.h"

#include <sys/mman.h>

#define PAGES 64

static const struct case_cell cells[] = {
	{ "shared-anon", "MAP_SHARED | MAP_ANONYMOUS", .arg = MAP_KIND_SHARED_ANON },
	{ "memfd", "MAP_SHARED of a memfd", .arg = MAP_KIND_MEMFD },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-shmem-vs-pageout",
	.summary = "uffd-wp of shmem must survive reclaim",
	.tags = "uffd-wp shmem swap reclaim tracking",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_UFFD_SHMEM,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39 linux-git:9c28a205c061",
	.fixed_in = "5.19",
	.threads = "S4",
	.lever = "page out",
	.seen = "seeded (unmap/zap: no uffd-wp marker) shared-anon 0.2 s; (file fault: uffd-"
		"wp marker not carried to pte) shared-anon 0.2 s",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static size_t page_out(struct case_ctx *c, struct map *map)
{
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum verdict verdict = track_trial(c, map, TRACK_UFFD, TRACK_AFTER, page_out);

	if (case_disturbs(c))
		page_out(c, control);
	/* Never armed: just paged out. */
	if (verdict == PASS && !case_check_all(c, control, 1, STAMP_CPU))
		verdict = CORRUPT;
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
