// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-shmem-vs-truncation: a hole takes its own pages' protection, and no other's
 *
 * Story    Markers of write-protected shmem pages survive unmapping on purpose.
 *          A hole or a truncation removes the pages themselves: what is written
 *          there afterwards is new. The pages beside it must stay protected, and
 *          nobody may be stopped for ever at a fresh page. The file is unmapped
 *          twice on this way, once without the page lock, where the marker must
 *          stay because a fault may be under way.
 * Seen as  A write beside the hole that is not reported; a write into the hole
 *          that hangs or is lost.
 * Fixed    The feature came in v5.19: 999dad824c39 (persist uffd-wp bit across
 *          zapping for file-backed). A kernel that fails has regressed.
 * Steps    1 write-protect  2 maybe page out  3 remove the second half  4 read:
 *          zeros  5 write all  6 the first half was reported once  7 content.
 * Notes    A marker may outlive the page of a hole, so the removed half may be
 *          reported (mm/memory.c, zap_pte_range(): kept unless
 *          ZAP_FLAG_DROP_MARKER).
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { PUNCH = 0, TRUNCATE = 1, REMOVE = 2, WAYS = 3, SWAPPED = 4 };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "hole-punch", "fallocate(PUNCH_HOLE)", .arg = PUNCH },
	{ "truncate", "ftruncate down and up", .arg = TRUNCATE },
	{ "remove", "MADV_REMOVE", .arg = REMOVE },
	{ "swapped-hole-punch", "of pages that were swapped out", SWAPS, .arg = SWAPPED | PUNCH },
	{ "swapped-truncate", "of pages that were swapped out", SWAPS, .arg = SWAPPED | TRUNCATE },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-shmem-vs-truncation",
	.summary = "uffd-wp of shmem against holes and truncation",
	.tags = "uffd-wp shmem truncate tracking",
	.needs = NEED_UFFD_SHMEM,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39",
	.fixed_in = "5.19",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static void remove_half(struct map *map, unsigned int how)
{
	size_t half = map->len / 2;
	int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	if ((how == PUNCH && fallocate(map->fd, punch, half, half)) ||
	    (how == TRUNCATE && (ftruncate(map->fd, half) || ftruncate(map->fd, map->len))) ||
	    (how == REMOVE && madvise(map->at + half, half, MADV_REMOVE)))
		fail("making a hole of %zu bytes", half);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t half = map->len / 2;
	bool written[PAGES] = { false };
	struct track track;
	bool good = true;

	track_open(&track, TRACK_UFFD, map);
	case_count(c, TRACK_ARMED, track_arm(&track));
	map_remember(map);
	if (c->cell->arg & SWAPPED) {
		madvise(map->at, map->len, MADV_PAGEOUT);
		map_wait_out(map, 1000);
	}
	if (case_disturbs(c)) {
		remove_half(map, c->cell->arg % SWAPPED);
		if (!stamp_zeros(map->at + half, half))
			return case_corrupt(c, "stale", "a hole does not read zeros");
		case_count(c, TRACK_DISTURBED, map->pages / 2);
	}
	map_stamp(map, 2, STAMP_CPU);
	track_collect(&track);
	for (size_t i = 0; i < map->pages; i++) {
		written[i] = i < map->pages / 2 || track.reports[i]; /* the hole: as it likes */
		case_count(c, TRACK_REPORTED, track.reports[i] > 0);
	}
	good = track_check(c, map, &track, written, false) && case_check_all(c, map, 2, STAMP_CPU);
	case_count(c, TRACK_CHECKED, map->pages);
	memset(written, 0, sizeof(written));
	track_collect(&track); /* armed again: fresh pages like old ones, and none was written */
	good = good && track_check(c, map, &track, written, false);
	track_stop(&track);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_MEMFD, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
