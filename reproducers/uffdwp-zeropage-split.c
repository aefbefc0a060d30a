// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-zeropage-split: a write-protected huge zero page stays protected when its PMD is split
 *
 * Story    Untouched memory that was read is one huge zero page. Write-protected
 *          as a PMD, and then split by anything that wants one small page of
 *          it, it becomes 512 entries of the small zero page; each needs the
 *          bit.
 * Seen as  First writes after a snapshot began that are not reported.
 * Fixed    v6.3, 42b2af2c9b7e: propagate uffd-wp bit when PTE-mapping the huge
 *          zeropage.
 * Steps    1 read a huge page that was never written  2 write-protect it
 *          3 split the PMD by mprotect of one page  4 write a quarter  5 that
 *          quarter was reported, nothing else  6 content.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <string.h>
#include <sys/mman.h>

#define PAGES 512

static const struct case_info info = {
	.name = "uffdwp-zeropage-split",
	.summary = "uffd-wp of the huge zero page must survive a split",
	.tags = "uffd-wp thp zero-page tracking",
	.needs = NEED_UFFD_WP | NEED_THP | NEED_ZERO_PAGE,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:42b2af2c9b7e",
	.broken_since = "5.7",
	.fixed_in = "6.3",
	.seen = "seeded (split zero pmd: uffd-wp lost) 0.2 s",
	.counters = { TRACK_COUNTERS },
};

/* One load of memory that is not there: the huge zero page, if the kernel uses it. */
static size_t read_zeros(struct map *map)
{
	uint64_t flags;

	if (madvise(map->at, map->len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	(void)*(volatile char *)map->at;
	flags = pagemap_flags(pagemap_of(map->at).pfn);
	if (pagemap_flags_visible() && !(flags >> PAGEMAP_KPF_ZERO_PAGE & 1))
		return 0;
	return pagemap_count(map->at, map->len, PAGEMAP_PRESENT);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t quarter = map->len / 4, page = pagemap_page_size();
	bool written[PAGES] = { false }, good;
	struct track track;

	if (read_zeros(map) != map->pages)
		return case_inconclusive(c, "a load gave no huge zero page");
	track_open(&track, TRACK_UFFD, map);
	case_count(c, TRACK_ARMED, track_arm(&track));
	if (case_disturbs(c)) {
		if (mprotect(map->at, page, PROT_READ) ||
		    mprotect(map->at, page, PROT_READ | PROT_WRITE))
			fail("mprotect of one page");
		case_count(c, TRACK_DISTURBED, map->pages);
	}
	stamp_fill(&map->stamp, map->at + quarter, quarter, quarter, 2, STAMP_CPU);
	memset(written + map->pages / 4, true, map->pages / 4);
	track_collect(&track);
	case_count(c, TRACK_REPORTED, map->pages / 4);
	case_count(c, TRACK_CHECKED, map->pages);
	good = track_check(c, map, &track, written, false) &&
	       case_check(c, map, quarter, quarter, 2, STAMP_CPU);
	track_stop(&track);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_THP, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
