// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-migration: a write-protected page that is moved to another frame stays protected
 *
 * Story    While a page is migrated a migration entry stands in its place, with
 *          the write-protect bit in it. Each size has code of its own that makes
 *          the entry and undoes it: PTE, PMD, huge PTE.
 * Seen as  A write after compaction, NUMA balancing or memory hot-unplug that is
 *          not reported.
 * Fixed    v6.3, 24bf08c4376b (THP migration entries); v6.2, 44f86392bdd1 and
 *          0e678153f5be (hugetlb, CVE-2022-49760).
 * Steps    1 write-protect  2 write a quarter  3 to the other node and back
 *          4 write another quarter  5 both were reported, nothing else  6 content.
 * Notes    These fixes are about protecting *while* an entry stands there, which
 *          no lever holds; the cells say whether the bit survives the trip.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 64

static const struct case_cell cells[] = {
	{ "anon4k", "4 KiB pages", .arg = MAP_KIND_ANON },
	{ "thp", "a PMD", NEED_THP, .arg = MAP_KIND_THP },
	{ "pte-thp", "a PTE-mapped huge page", NEED_THP, .arg = MAP_KIND_PTE_THP },
	{ "memfd", "file pages", NEED_UFFD_SHMEM, .arg = MAP_KIND_MEMFD },
	{ "hugetlb", "a huge PTE", NEED_HUGETLB | NEED_UFFD_HUGE, .arg = MAP_KIND_HUGETLB },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-migration",
	.summary = "uffd-wp must survive migration",
	.tags = "uffd-wp migration numa thp hugetlb tracking",
	.needs = NEED_UFFD_WP | NEED_TWO_NODES,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:24bf08c4376b linux-git:44f86392bdd1 linux-git:0e678153f5be",
	.cve = "CVE-2022-49760",
	.fixed_in = "6.3",
	.seen = "5.10.0-46, thp: 48 of 48, 0.2 s; seeded (migrate: uffd-wp lost) anon4k 0.1 "
		"s; (remove_migration: uffd-wp lost) anon4k 0.7 s; (migrate thp: uffd-wp "
		"lost) thp 0.3 s",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static size_t migrate(struct case_ctx *c, struct map *map)
{
	unsigned long node[] = { 1, 2 };
	size_t moved = 0, now;

	for (int i = 1; i >= 0; i--) {
		if (syscall(SYS_mbind, map->at, map->len, MPOL_BIND, &node[i], 8 * sizeof(*node),
			    MPOL_MF_MOVE))
			fail("mbind");
		now = map_moved(map); /* a huge page may get back the frame that it left */
		moved = now > moved ? now : moved;
	}
	return pagemap_pfns_visible() ? moved : map->pages;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	/* A write before would split the huge page. */
	unsigned int when = map->kind == MAP_KIND_THP || map->kind == MAP_KIND_HUGETLB
				    ? TRACK_AFTER
				    : TRACK_BEFORE | TRACK_AFTER;

	return track_trial(c, map, TRACK_UFFD, when, migrate);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
