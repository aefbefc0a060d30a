// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffd-move-vs-swapcache: a swap entry that moves takes its page in the swap cache along
 *
 * Story    UFFDIO_MOVE moves a page table entry to another address and tells the
 *          folio where it is now. Of an entry that is swapped out it moved the
 *          entry only; but the folio may still, or again, be in the swap cache.
 *          The next fault maps it from there, at an address that it does not know
 *          of: whoever asks the folio who maps it (reclaim, migration, KSM) looks
 *          in the wrong place and takes it for unmapped, or never finds it.
 * Seen as  With CONFIG_DEBUG_VM a BUG in mm/rmap.c at the fault; without, pages
 *          that reclaim cannot take any more, and a folio that two addresses may
 *          claim. Collectors that compact a heap by UFFDIO_MOVE (Android's ART).
 * Fixed    v6.14, c50f8e6053b0 (CVE-2025-21984): the folio in the swap cache moves,
 *          too; v6.16, 0ea148a79919 (CVE-2025-38242): even if it comes meanwhile.
 *          Broken since UFFDIO_MOVE, v6.8, adef440691ba.
 * Steps    1 page out  2 read ahead: in the swap cache, not mapped  3 UFFDIO_MOVE
 *          4 write half of it in the new place  5 page out there: it is found
 *          6 move back  7 all is there, the new and the old.
 * Notes    Seen to fail under --inject only: no kernel from 6.8 to 6.13 is at hand.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "uffd-fill.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { CACHED, MOVED, OUT, CHECKED };
static const struct case_info info = {
	.name = "uffd-move-vs-swapcache",
	.summary = "UFFDIO_MOVE of swapped pages that the swap cache still has",
	.tags = "uffd anon swap",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_UFFD_MOVE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:c50f8e6053b0 linux-git:0ea148a79919 linux-git:adef440691ba",
	.cve = "CVE-2025-21984 CVE-2025-38242",
	.broken_since = "6.8",
	.fixed_in = "6.14",
	.lever = "read ahead into the swap cache",
	.counters = { { "cached", true }, { "moved", true }, { "out", true }, { "checked", true } },
};

/* The pages that are in memory and not mapped. */
static size_t in_cache(const struct map *map)
{
	unsigned char resident[PAGES];
	size_t n = 0;

	if (mincore(map->at, map->len, resident))
		fail("mincore");
	for (size_t i = 0; i < map->pages; i++)
		n += resident[i] & 1 && !pagemap_of(map->at + i * pagemap_page_size()).present;
	return n;
}

/* There, half of it written and paged out, and back. */
static void there_and_back(struct case_ctx *c, struct map *map, char *place, int fd)
{
	size_t page = pagemap_page_size(), half = map->len / 2, moved;

	/* ioctl(fd, UFFDIO_MOVE), in pieces where it stops */
	moved = uffd_move(fd, place, map->at, map->len, page);
	case_count(c, MOVED, moved);
	stamp_fill(&map->stamp, place, 0, half, 2, STAMP_CPU);
	for (size_t at = half; at < map->len; at += page)
		(void)*(volatile char *)(place + at);
	madvise(place, map->len, MADV_PAGEOUT);
	case_count(c, OUT, pagemap_count(place, map->len, PAGEMAP_SWAPPED));
	uffd_fill_register(fd, UFFD_FILL_MOVE, map->at, map->len, false);
	if (uffd_move(fd, map->at, place, map->len, page) != moved)
		fail("UFFDIO_MOVE back of %zu pages", moved);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t half = map->len / 2;
	bool moves = case_disturbs(c);
	char *place =
		mmap(NULL, map->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	if (place == MAP_FAILED)
		fail("memory");
	fd = uffd_fill_open(UFFD_FILL_MOVE, place, map->len, false);
	madvise(map->at, map->len, MADV_PAGEOUT);
	madvise(map->at, map->len, MADV_WILLNEED);
	case_count(c, CACHED, in_cache(map));
	if (moves)
		there_and_back(c, map, place, fd);
	close(fd);
	munmap(place, map->len);
	case_count(c, CHECKED, map->pages);
	return case_check(c, map, 0, half, moves ? 2 : 1, STAMP_CPU) &&
			       case_check(c, map, half, half, 1, STAMP_CPU)
		       ? PASS
		       : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
