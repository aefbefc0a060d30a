// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deferred-tlb-large-folio: reclaim must flush before a large folio is free
 *
 * Story    Reclaim unmaps many pages and flushes the TLBs once for all of them,
 *          before it frees them. Large folios it freed at once, in the middle
 *          of its list. A thread that still has the huge page in its TLB looks
 *          at memory that belongs to somebody else by then.
 * Seen as  A program that reads somebody else's data in memory that it gave to
 *          MADV_FREE, where its own old data or zeros are allowed; writes to a
 *          freed page where the TLB entry is a dirty one.
 * Fixed    "mm/vmscan: flush deferred TLB before freeing large folios", 6.1.178
 *          (stable kernels up to 6.6; upstream freed in batches before).
 * Steps    1 a thread reads a lazily freed huge page all the time  2 reclaim
 *          3 new memory takes what is free, stamped  4 the thread has seen old
 *          data or zeros, nothing else.
 * Notes    A race, bounded in time. madvise(2) on MADV_FREE: until the pages
 *          are written, a read gives the old content or zeros.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 1024 /* two huge pages: one is freed while the other is unmapped */

static struct map *lazy;
static atomic_bool stop;
static atomic_ulong reads;
static _Atomic uint64_t foreign; /* the word that must not be there, and its page */
static atomic_size_t foreign_page;

enum { READS, DROPPED, CHECKED };

static const struct case_info info = {
	.name = "deferred-tlb-large-folio",
	.summary = "a thread reads huge pages that reclaim frees and others get",
	.tags = "anon thp madv-free tlb reclaim isolation race",
	.needs = NEED_THP | NEED_PAGEOUT | NEED_SWAP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:bd4c82c22c36",
	.lever = "race",
	.seen = "seeded (unmap: no deferred TLB flush) 1.0 s",
	.seconds = 3,
	.rounds = 1000000,
	.counters = { { "reads", true }, { "dropped", true }, { "checked", true } },
};

/* The second word of each page: our old data, or zero. */
static void *reader(void *data)
{
	struct map *map = data;

	while (!atomic_load(&stop)) {
		for (size_t at = 8; at < map->len; at += STAMP_PAGE) {
			uint64_t word = *(volatile uint64_t *)(map->at + at);

			if (word && word != stamp_at(&map->stamp, at, 1, STAMP_CPU)) {
				atomic_store(&foreign_page, at / STAMP_PAGE);
				atomic_store(&foreign, word);
			}
		}
		atomic_fetch_add(&reads, map->pages);
	}
	return NULL;
}

/* Who gets what reclaim has freed, and keeps what it writes there. */
static enum verdict look_at_the_heirs(struct case_ctx *c)
{
	struct map heir;
	bool good;

	if (!case_map(c, &heir, MAP_KIND_ANON, PAGES, 1))
		return INCONCLUSIVE;
	sched_yield();
	good = case_check_all(c, &heir, 1, STAMP_CPU);
	case_count(c, CHECKED, heir.pages);
	map_free(&heir);
	return good ? PASS : CORRUPT;
}

static enum verdict judge_reader(struct case_ctx *c)
{
	struct stamp_word found;
	uint64_t word = atomic_load(&foreign);

	if (!word)
		return PASS;
	if (!stamp_decode(&lazy->stamp, word, &found))
		found.buffer = 0;
	return case_corrupt(c, "foreign",
			    "page %zu of %zu: a read gave %#llx of buffer %u, neither the old data "
			    "nor zeros (foreign: leaked page); round %u; seed %llu",
			    atomic_load(&foreign_page), lazy->pages, (unsigned long long)word,
			    found.buffer, c->round, (unsigned long long)c->seed);
}

static void fill_and_free(struct case_ctx *c, struct map *map)
{
	if (madvise(map->at, map->len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	map_stamp(map, 1, STAMP_CPU);
	if (madvise(map->at, map->len, MADV_FREE))
		fail("MADV_FREE");
}

static enum verdict trial(struct case_ctx *c, struct map *map)
{
	enum verdict verdict;

	fill_and_free(c, map);
	if (case_disturbs(c)) {
		madvise(map->at, map->len, MADV_PAGEOUT); /* clean and lazily freed: dropped */
		case_count(c, DROPPED, pagemap_count(map->at, map->len, PAGEMAP_ABSENT));
	}
	verdict = look_at_the_heirs(c);
	case_count(c, READS, atomic_exchange(&reads, 0));
	return verdict == PASS ? judge_reader(c) : verdict;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	pthread_t thread;
	struct map map;

	case_on_all_cpus(); /* a race wants two CPUs */
	if (!case_map(c, &map, MAP_KIND_THP, PAGES, 0))
		return INCONCLUSIVE;
	lazy = &map;
	if (pthread_create(&thread, NULL, reader, &map))
		fail("a thread that reads");
	while (verdict == PASS && case_round(c))
		verdict = trial(c, &map);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
