// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-khugepaged: small pages that are write-protected must not become a huge one
 *
 * Story    Collapsing copies small pages to a huge one whose single entry has no
 *          room for 512 write-protect bits, so armed memory is left alone. It
 *          was looked at when a range was chosen and not again when the pages
 *          were taken; in between somebody may arm it.
 * Seen as  A snapshot that misses writes to memory that was collapsed while it
 *          began.
 * Fixed    v6.3, dd47ac428c3f: check again on anon uffd-wp during isolation.
 * Steps    1 small pages in place of a huge one  2 a thread arms them while
 *          3 MADV_COLLAPSE tries to collapse them  4 write a quarter  5 that
 *          quarter was reported, nothing else  6 content. Cell armed: 2 first.
 * Notes    A race: the window is some microseconds wide.
 */
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES 512

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif

enum { ARMED_FIRST, WHILE };

static const struct case_cell cells[] = {
	{ "armed", "collapsed when all is armed", .arg = ARMED_FIRST },
	{ "race", "armed while it is collapsed", .arg = WHILE },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-khugepaged",
	.summary = "uffd-wp against collapsing to a huge page",
	.tags = "uffd-wp thp collapse race tracking",
	.needs = NEED_UFFD_WP | NEED_THP,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:dd47ac428c3f",
	.broken_since = "5.7",
	.fixed_in = "6.3",
	.seconds = 4,
	.rounds = 100,
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

/* The range is small pages; the kernel may make a huge one of them. */
static void *collapse(void *data)
{
	struct map *map = data;

	madvise(map->at, map->len, MADV_COLLAPSE);
	return NULL;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t quarter = map->len / 4;
	bool written[PAGES] = { false }, good;
	struct track track;
	pthread_t thread;

	case_on_all_cpus();
	if (madvise(map->at, map->len, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
	track_open(&track, TRACK_UFFD, map);
	if (c->cell->arg == ARMED_FIRST)
		case_count(c, TRACK_ARMED, track_arm(&track));
	if (case_disturbs(c)) {
		errno = pthread_create(&thread, NULL, collapse, map);
		if (errno)
			fail("a thread");
		case_count(c, TRACK_DISTURBED, 1);
	}
	if (c->cell->arg == WHILE)
		case_count(c, TRACK_ARMED, track_arm(&track)); /* races */
	if (case_disturbs(c))
		pthread_join(thread, NULL);
	stamp_fill(&map->stamp, map->at + quarter, quarter, quarter, 2, STAMP_CPU);
	memset(written + map->pages / 4, true, map->pages / 4);
	track_collect(&track);
	case_count(c, TRACK_REPORTED, map->pages / 4);
	case_count(c, TRACK_CHECKED, map->pages);
	good = track_check(c, map, &track, written, false) &&
	       case_check(c, map, quarter, quarter, 2, STAMP_CPU) &&
	       case_check(c, map, 2 * quarter, 2 * quarter, 1, STAMP_CPU);
	track_stop(&track);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_PTE_THP, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
