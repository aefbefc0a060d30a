// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * khugepaged-vs-gup-fast: a page pinned while it is collapsed must not be left
 *
 * Story    Collapsing copies 512 small pages into a huge page and changes the
 *          page table. gup-fast walks page tables without locks, only with
 *          interrupts off; if nobody waits for such walkers (an IPI), one of
 *          them pins a small page that is no longer anybody's, or walks a page
 *          table that was freed meanwhile.
 * Seen as  Old data after a successful READ_FIXED; in the bad case a pin of
 *          somebody else's page.
 * Fixed    v6.1, 2ba99c5e0881 (and in 5.10's updates).
 * Steps    1 one thread collapses  2 another registers the same pages at that
 *          moment  3 write fault  4 READ_FIXED  5 the buffer holds the device's
 *          data.
 * Notes    A race, bounded in time and seeded: the order of the two threads and
 *          the wait before the second come from the seed. MADV_COLLAPSE is 6.1;
 *          no kernel at hand has both it and the bug: seen to fail under
 *          --inject only.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE  (2u << 20)
#define PAGES 64

static struct pin_ring *ring;
static atomic_int at_the_line;
static int collapse_error;

enum { COLLAPSED, REFUSED, CHECKED };

static const struct case_info info = {
	.name = "khugepaged-vs-gup-fast",
	.summary = "READ_FIXED into pages that were registered while they were collapsed",
	.tags = "pin io_uring gup-fast thp race",
	.needs = NEED_IO_URING | NEED_THP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:2ba99c5e0881",
	.fixed_in = "6.1",
	.threads = "S1 S2",
	.lever = "race",
	.seen = "seeded (collapse: pinned pages collapsed) 0.4 s",
	.seconds = 3,
	.rounds = 1000000,
	.counters = { { "collapsed", true }, { "refused" }, { "checked", true } },
};

static void *collapser(void *data)
{
	struct map *map = data;

	atomic_fetch_add(&at_the_line, 1);
	while (atomic_load(&at_the_line) < 2)
		;
	collapse_error = madvise(map->at, map->len, MADV_COLLAPSE) ? errno : 0;
	return NULL;
}

/* Both start at once; the seed decides how much later we are. */
static void register_during_collapse(struct case_ctx *c, struct map *map)
{
	unsigned int spin = rng_below(&c->rng, 1u << rng_below(&c->rng, 18));
	pthread_t thread;

	atomic_store(&at_the_line, 0);
	if (pthread_create(&thread, NULL, collapser, map))
		fail("a thread that collapses");
	atomic_fetch_add(&at_the_line, 1);
	while (atomic_load(&at_the_line) < 2)
		;
	for (volatile unsigned int i = 0; i < spin; i++)
		;
	pin_register(ring, map->at, PAGES * STAMP_PAGE);
	pthread_join(thread, NULL);
}

/* 512 small pages again, at generation 1. */
static void back_to_small(struct map *map)
{
	if (madvise(map->at, map->len, MADV_NOHUGEPAGE) ||
	    madvise(map->at, map->len, MADV_DONTNEED))
		fail("small pages");
	map_stamp(map, 1, STAMP_CPU);
	if (madvise(map->at, map->len, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
}

static enum verdict trial(struct case_ctx *c, struct map *map, int device)
{
	size_t len = PAGES * STAMP_PAGE;

	back_to_small(map);
	collapse_error = 0;
	if (case_disturbs(c))
		register_during_collapse(c, map);
	else
		pin_register(ring, map->at, len);
	if (collapse_error == EINVAL)
		return case_skip(c, "MADV_COLLAPSE came with 6.1; use a kernel from then on");
	case_count(c, COLLAPSED, pagemap_smaps_kb(map->at, "AnonHugePages:") > 0);
	case_count(c, REFUSED, collapse_error != 0); /* refused: pinned in time */
	map_touch(map);
	if (pin_read_fixed(ring, device, map->at, len, 0) != (ssize_t)len)
		fail("READ_FIXED was short");
	pin_unregister(ring);
	case_count(c, CHECKED, map->pages);
	return case_check(c, map, 0, len, 2, STAMP_DEVICE) &&
			       case_check(c, map, len, map->len - len, 1, STAMP_CPU)
		       ? PASS
		       : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	struct map map;
	int device;

	ring = pin_ring_open();
	case_on_all_cpus(); /* a race wants two of them */
	if (!case_map(c, &map, MAP_KIND_THP, HUGE / STAMP_PAGE, 0))
		return INCONCLUSIVE;
	device = case_device(c, &map, 2);
	while (verdict == PASS && case_round(c))
		verdict = trial(c, &map, device);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
