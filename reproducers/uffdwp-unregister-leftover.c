// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-unregister-leftover: when tracking ends, no page stays write-protected
 *
 * Story    Ending is not the same as disarming: unregistering (or closing the
 *          userfaultfd, also by dying) has to walk the page tables and take the
 *          bit out of PTEs, swap entries and markers. Closing did not. What is
 *          left reports to whoever registers the range next.
 * Seen as  Pages reported that nobody armed; on some kernels a warning.
 * Fixed    v6.9, c88033efe9a3 (CVE-2024-36881): reset ptes when close() for
 *          wr-protected ones.
 * Steps    1 write-protect  2 maybe unmap or page out  3 unregister or close
 *          4 no write-protect bit is left  5 another userfaultfd registers and
 *          arms nothing  6 write all  7 nothing is reported.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { ARMED, ENDED, CHECKED };
enum { CLOSE = 1, OUT = 2 };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "anon4k.unregister", "UFFDIO_UNREGISTER", .arg = MAP_KIND_ANON * 4 },
	{ "anon4k.close", "close()", .arg = MAP_KIND_ANON * 4 + CLOSE },
	{ "anon4k-swapped.unregister", "of swap entries", SWAPS, .arg = MAP_KIND_ANON * 4 + OUT },
	{ "anon4k-swapped.close", "of swap entries", SWAPS,
	  .arg = MAP_KIND_ANON * 4 + OUT + CLOSE },
	{ "thp.unregister", "of a PMD", NEED_THP, .arg = MAP_KIND_THP * 4 },
	{ "thp.close", "of a PMD", NEED_THP, .arg = MAP_KIND_THP * 4 + CLOSE },
	{ "memfd-marker.unregister", "of markers", NEED_UFFD_SHMEM,
	  .arg = MAP_KIND_MEMFD * 4 + OUT },
	{ "memfd-marker.close", "of markers", NEED_UFFD_SHMEM,
	  .arg = MAP_KIND_MEMFD * 4 + OUT + CLOSE },
	{ "hugetlb.unregister", "of a huge PTE", NEED_HUGETLB | NEED_UFFD_HUGE,
	  .arg = MAP_KIND_HUGETLB * 4 },
	{ "hugetlb.close", "of a huge PTE", NEED_HUGETLB | NEED_UFFD_HUGE,
	  .arg = MAP_KIND_HUGETLB * 4 + CLOSE },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-unregister-leftover",
	.summary = "unregister and close leave no write-protected page behind",
	.tags = "uffd-wp shmem hugetlb tracking",
	.needs = NEED_UFFD_WP,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:c88033efe9a3",
	.cve = "CVE-2024-36881",
	.broken_since = "5.7",
	.fixed_in = "6.9",
	.seen = "5.10.0-46, anonymous memory: 47 of 47, 0.2 s; seeded (uffd-wp: marker not "
		"resolved) memfd-marker.unregister 0.4 s",
	.counters = { { "armed", true }, { "ended", true }, { "checked", true } },
	.cells = cells,
};

/* Another user, who arms nothing: a report is about a protection that was left over. */
static bool next_user(struct case_ctx *c, struct map *map)
{
	static const bool none[PAGES * 8];
	struct track next;
	bool good;

	track_open(&next, TRACK_UFFD, map);
	map_stamp(map, 2, STAMP_CPU);
	track_collect(&next);
	if (case_injects(c, "unreported"))
		case_unreported(c, map, 0, 1);
	good = track_check(c, map, &next, none, false) && !case_was_corrupt();
	track_stop(&next);
	return good;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	struct track track;
	size_t left;

	track_open(&track, TRACK_UFFD, map);
	case_count(c, ARMED, track_arm(&track));
	if (c->cell->arg & OUT && map->kind == MAP_KIND_MEMFD)
		madvise(map->at, map->len, MADV_DONTNEED);
	else if (c->cell->arg & OUT)
		madvise(map->at, map->len, MADV_PAGEOUT);
	if (!case_disturbs(c)) {
		track_stop(&track);
		return PASS;
	}
	if (c->cell->arg & CLOSE)
		track_close(&track);
	else
		track_stop(&track);
	case_count(c, ENDED, map->pages);

	left = pagemap_count(map->at, map->len, PAGEMAP_UFFD_WP);
	if (left)
		return case_ghost(c, map, 0, left, "left write-protected"), CORRUPT;
	case_count(c, CHECKED, map->pages);
	if (!next_user(c, map) || !case_check_all(c, map, 2, STAMP_CPU))
		return CORRUPT;
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg / 4, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
