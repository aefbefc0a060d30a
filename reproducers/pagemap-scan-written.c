// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pagemap-scan-written: PAGEMAP_SCAN says of every page what pagemap says
 *
 * Story    PAGEMAP_SCAN has several ways through a page table: one for written
 *          pages alone, one for everything, one for PMDs, hugetlb and holes
 *          each. They must agree with each other and with the page: what was
 *          written since it was protected is written, and what the ioctl
 *          protects is what it reported.
 * Seen as  Pages that one scan calls written and another does not; pages
 *          protected and not reported, which a snapshot then misses.
 * Fixed    2026: "fs/proc/task_mmu: fix PAGEMAP_SCAN written state for unpopulated
 *          ptes" and "for PMD holes" (6.12.103).
 * Steps    1 protect all  2 write a quarter, page out or drop another  3 scan for
 *          written pages alone, and among all categories: the same pages  4 scan
 *          with protection, of a part: only there is anything cleared.
 */
#include "fail.h"
#include "pagemap.h"
#include "scan.h"
#include "track-check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64
#define MOST  1024

enum { ARMED, SCANNED, CHECKED };
enum { WRITTEN_ONLY, SWAPPED, DROPPED, HOLE };

#define CELL(k, how) .arg = MAP_KIND_##k * 4 + (how)

static const struct case_cell cells[] = {
	{ "anon4k", "of PTEs", CELL(ANON, WRITTEN_ONLY) },
	{ "anon4k-swapped", "with swap entries", NEED_SWAP | NEED_PAGEOUT, CELL(ANON, SWAPPED) },
	{ "anon4k-dropped", "with entries that are empty again", CELL(ANON, DROPPED) },
	{ "thp", "of a PMD", NEED_THP, CELL(THP, WRITTEN_ONLY) },
	{ "memfd", "of a file's pages", NEED_UFFD_SHMEM, CELL(MEMFD, WRITTEN_ONLY) },
	{ "memfd-dropped", "with markers", NEED_UFFD_SHMEM, CELL(MEMFD, DROPPED) },
	{ "hugetlb", "of a huge PTE", NEED_HUGETLB | NEED_UFFD_HUGE, CELL(HUGETLB, WRITTEN_ONLY) },
	{ 0 },
};

static const struct case_info info = {
	.name = "pagemap-scan-written",
	.summary = "the ways through PAGEMAP_SCAN agree, and clear what they report",
	.tags = "pagemap-scan uffd-wp tracking",
	.needs = NEED_UFFD_WP | NEED_UFFD_ASYNC | NEED_SCAN,
	.oracles = CASE_TRACKING,
	.broken_since = "6.7",
	.seen = "seeded (pagemap_scan: swapped pages never written) anon4k-swapped 0.1 s",
	.counters = { { "armed", true }, { "scanned", true }, { "checked", true } },
	.cells = cells,
};

/* Written pages of MAP in BITS; MORE: asking about all categories at once. */
static void scan(const struct track *track, bool more, bool *bits)
{
	struct scan_region regions[MOST];
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)track->at,
		.end = (uintptr_t)track->at + track->len,
		.vec = (uintptr_t)regions,
		.vec_len = MOST,
		.mask = SCAN_WRITTEN,
		.return_mask = SCAN_WRITTEN,
	};
	int n;

	if (more)
		arg.return_mask |= SCAN_PRESENT | SCAN_SWAPPED | SCAN_FILE | SCAN_PFNZERO |
				   SCAN_HUGE | SCAN_SOFT_DIRTY;
	n = ioctl(track->pagemap, SCAN_IOCTL, &arg);
	if (n < 0 || arg.walk_end != arg.end)
		fail("PAGEMAP_SCAN");
	memset(bits, 0, track->pages * sizeof(*bits));
	for (int i = 0; i < n; i++)
		for (uint64_t at = regions[i].start; at < regions[i].end; at += track->page)
			bits[(at - arg.start) / track->page] = regions[i].categories & SCAN_WRITTEN;
}

/* A quarter is written, another goes. */
static void change(struct case_ctx *c, struct map *map)
{
	size_t quarter = map->len / 4;

	stamp_fill(&map->stamp, map->at, 0, quarter, 2, STAMP_CPU);
	if (c->cell->arg % 4 == SWAPPED)
		madvise(map->at, map->len, MADV_PAGEOUT);
	if (c->cell->arg % 4 == DROPPED && madvise(map->at + 2 * quarter, quarter, MADV_DONTNEED))
		fail("MADV_DONTNEED");
}

static enum verdict differ(struct case_ctx *c, const struct map *map, const struct track *track,
			   const bool *alone, const bool *among)
{
	for (size_t i = 0; i < track->pages; i++)
		if (alone[i] != among[i])
			return case_corrupt(
				c, "ghost",
				"page %zu of %zu: written is %d when asked alone and %d "
				"among all categories; round %u; seed %llu",
				i, track->pages, alone[i], among[i], c->round,
				(unsigned long long)c->seed);
	return PASS;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	bool alone[MOST], among[MOST];
	enum verdict verdict;
	struct track track;
	size_t half;

	track_open(&track, TRACK_ASYNC, map);
	case_count(c, ARMED, track_arm(&track));
	if (!case_disturbs(c))
		return PASS;
	change(c, map);
	scan(&track, false, alone);
	scan(&track, true, among);
	case_count(c, SCANNED, track.pages);
	verdict = differ(c, map, &track, alone, among);
	/* Protecting the first half leaves the second as it was. */
	half = track.pages > 1 ? track.pages / 2 : 1;
	if (!scan_written(track.pagemap, SCAN_PROTECT, track.at, half * track.page, track.page,
			  track.reports))
		fail("PAGEMAP_SCAN with protection");
	if (verdict == PASS && !track_check(c, map, &track, alone, true))
		verdict = CORRUPT;
	memset(alone, 0, half * sizeof(*alone));
	scan(&track, false, among);
	if (verdict == PASS)
		verdict = differ(c, map, &track, alone, among);
	case_count(c, CHECKED, track.pages);
	track_stop(&track);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	bool huge = c->cell->arg / 4 == MAP_KIND_HUGETLB; /* two, so that one is not written */

	return case_trials(c, c->cell->arg / 4, huge ? MOST : PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
