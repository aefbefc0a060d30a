// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-fill: a page that userfaultfd puts there write-protected is protected
 *
 * Story    A live migration or a snapshot fills missing pages and arms them in
 *          one step: UFFDIO_COPY with MODE_WP, UFFDIO_CONTINUE with MODE_WP.
 *          The bit goes into a page table entry that these calls make by hand,
 *          or into the marker that was there before.
 * Seen as  First writes to such pages that are not reported; or pages that were
 *          filled without protection and are stopped.
 * Fixed    No known bug; the markers of shmem are of v5.19, 999dad824c39.
 * Steps    1 drop the pages  2 fill them, the first half protected  3 write a
 *          quarter of either half  4 exactly the writes to the first are
 *          reported  5 content.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"
#include "uffd-fill.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES 64

enum { COPY_ANON, COPY_MEMFD, CONTINUE_MEMFD };

static const struct case_info info = {
	.name = "uffdwp-fill",
	.summary = "pages filled by userfaultfd with MODE_WP are armed",
	.tags = "uffd-wp tracking anon shmem",
	.needs = NEED_UFFD_WP | NEED_UFFD_FILL,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39",
	.seen = "seeded (uffd copy: wp mode ignored) copy-anon4k 0.1 s",
	.counters = { TRACK_COUNTERS },
	.cells =
		(const struct case_cell[]){
			{ "copy-anon4k", "UFFDIO_COPY of anonymous memory", .arg = COPY_ANON },
			{ "copy-memfd", "UFFDIO_COPY of shmem", NEED_UFFD_SHMEM,
			  .arg = COPY_MEMFD },
			{ "continue-memfd", "UFFDIO_CONTINUE of shmem, 6.4",
			  NEED_UFFD_SHMEM | NEED_UFFD_MINOR | NEED_UFFD_ASYNC,
			  .arg = CONTINUE_MEMFD },
			{ 0 },
		},
};

/* The pages of [from, from + len), by generation 2 or as the file has them: 1. */
static void fill(struct map *map, int fd, int how, size_t from, size_t len, bool protected)
{
	char *bytes = malloc(len);

	if (!bytes)
		fail("memory");
	stamp_fill(&map->stamp, bytes, from, len, 2, STAMP_CPU);
	if (how == CONTINUE_MEMFD)
		uffd_continue(fd, map->at + from, len, protected);
	else
		uffd_copy(fd, map->at + from, bytes, len, protected);
	free(bytes);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t half = map->len / 2, quarter = map->len / 4;
	int how = c->cell->arg, drop = how == COPY_MEMFD ? MADV_REMOVE : MADV_DONTNEED;
	bool written[PAGES] = { false }, good;
	struct track track;

	track_open(&track, TRACK_UFFD, map);
	uffd_fill_register(track.fd, how == CONTINUE_MEMFD ? UFFD_FILL_CONTINUE : UFFD_FILL_COPY,
			   map->at, map->len, true);
	if (madvise(map->at, map->len, drop))
		fail("dropping the pages");
	fill(map, track.fd, how, 0, half, case_disturbs(c));
	fill(map, track.fd, how, half, half, false);
	case_count(c, TRACK_ARMED, case_disturbs(c) ? half / STAMP_PAGE : 0);
	case_count(c, TRACK_DISTURBED, case_disturbs(c) ? map->pages : 0);
	for (size_t from = 0; from < map->len; from += half)
		stamp_fill(&map->stamp, map->at + from, from, quarter, 3, STAMP_CPU);
	memset(written, case_disturbs(c), quarter / STAMP_PAGE);
	track_collect(&track);
	case_count(c, TRACK_REPORTED, quarter / STAMP_PAGE);
	case_count(c, TRACK_CHECKED, map->pages);
	good = track_check(c, map, &track, written, false);
	for (size_t from = 0; good && from < map->len; from += half)
		good = case_check(c, map, from, quarter, 3, STAMP_CPU) &&
		       case_check(c, map, from + quarter, quarter, how == CONTINUE_MEMFD ? 1 : 2,
				  STAMP_CPU);
	track_stop(&track);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg == COPY_ANON ? MAP_KIND_ANON : MAP_KIND_MEMFD, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
