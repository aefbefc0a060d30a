// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-mremap: moved memory is registered no more, so nothing of it stays write-protected
 *
 * Story    Without EVENT_REMAP a range that mremap moves leaves its userfaultfd
 *          behind. Its page tables are moved, too, by the entry or as a whole;
 *          the write-protect bits in them (PTEs, PMDs, swap entries, markers)
 *          must not come along: nobody would answer.
 * Seen as  Pages that stay write-protected for nobody: warnings, and reports of
 *          pages that nobody armed once the new place is registered.
 * Fixed    v6.13, 0cef0bb836e3 (CVE-2025-21696): clear uffd-wp PTE/PMD state on
 *          mremap(); in stable 6.12.11 and in Debian's 6.1.
 * Steps    1 write-protect  2 maybe unmap or page out  3 mremap away and back
 *          4 no write-protect bit is left  5 register again, arm nothing
 *          6 write all: nothing is reported  7 the content is right.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <sys/mman.h>

#define PAGES 64

enum { ARMED, MOVED, CHECKED };
enum { PLAIN, OUT };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "anon4k", "by PTEs", .arg = MAP_KIND_ANON * 2 },
	{ "anon4k-swapped", "by swap entries", SWAPS, .arg = MAP_KIND_ANON * 2 + OUT },
	{ "thp", "by a PMD", NEED_THP, .arg = MAP_KIND_THP * 2 },
	{ "pte-thp", "by a whole page table", NEED_THP, .arg = MAP_KIND_PTE_THP * 2 },
	{ "memfd", "by file PTEs", NEED_UFFD_SHMEM, .arg = MAP_KIND_MEMFD * 2 },
	{ "memfd-marker", "by markers", NEED_UFFD_SHMEM, .arg = MAP_KIND_MEMFD * 2 + OUT },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-mremap",
	.summary = "mremap without EVENT_REMAP leaves no write-protected page behind",
	.tags = "uffd-wp mremap shmem thp tracking",
	.needs = NEED_UFFD_WP,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:0cef0bb836e3",
	.cve = "CVE-2025-21696",
	.broken_since = "5.7",
	.fixed_in = "6.13",
	.seen = "5.10.0-46, anonymous memory: 47 of 47, 0.2 s; seeded (mremap: uffd-wp left "
		"without event) anon4k 0.1 s; (mremap thp: uffd-wp left without event) thp "
		"0.5 s",
	.counters = { { "armed", true }, { "moved", true }, { "checked", true } },
	.cells = cells,
};

/* To a place that is aligned alike, so that whole page tables can be moved; and back. */
static size_t move(struct map *map)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	size_t huge = 512 * pagemap_page_size();
	char *area = mmap(NULL, map->len + 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *place = (char *)(((uintptr_t)area + huge - 1) / huge * huge) +
		      (uintptr_t)map->at % huge;

	if (area == MAP_FAILED || mremap(map->at, map->len, map->len, flags, place) != place ||
	    mremap(place, map->len, map->len, flags, map->at) != map->at)
		fail("mremap there and back");
	munmap(area, map->len + 2 * huge);
	return map->pages;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	static const bool none[PAGES * 8];
	struct track track, next;
	size_t left;
	bool good;

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
	case_count(c, MOVED, move(map));
	left = pagemap_count(map->at, map->len, PAGEMAP_UFFD_WP);
	if (left)
		return case_ghost(c, map, 0, left, "moved, and left write-protected"), CORRUPT;
	track_close(&track);

	track_open(&next, TRACK_UFFD, map);
	map_stamp(map, 2, STAMP_CPU);
	track_collect(&next);
	if (case_injects(c, "unreported"))
		case_unreported(c, map, 0, 1);
	good = track_check(c, map, &next, none, false) && !case_was_corrupt();
	track_stop(&next);
	case_count(c, CHECKED, map->pages);
	return good && case_check_all(c, map, 2, STAMP_CPU) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg / 2, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
