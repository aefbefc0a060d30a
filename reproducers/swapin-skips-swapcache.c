// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swapin-skips-swapcache: of two faults on one entry the older copy must not win
 *
 * Story    On a synchronous device (zram) swap-in goes past the swap cache: two
 *          threads that fault on one page each read a copy of their own. The
 *          first maps its copy, writes to it, and it is swapped out again, to
 *          the slot that has just become free. The second sees the PTE that it
 *          knows, and maps its old copy.
 * Seen as  Old data in programs with threads on machines that swap to zram
 *          (phones). With zswap above zram the first fault also took the entry
 *          out of zswap: a fault that gives up lost the data.
 * Fixed    CVE-2024-26759: v6.8, 13ddaf26be32 (and 6.1.80); zswap: v6.9,
 *          25cd241408a2.
 * Steps    1 a thread verifies and rewrites pages  2 one reads them  3 one pages
 *          them out, all the time, to a swap that is nearly full  4 each page is
 *          always what was written last.
 * Notes    A race, bounded in time. A full swap makes the slot be used again at
 *          once, which the bug needs.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "res-backend.h"
#include "res.h"
#include "rewriter.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES 2
#define LEFT  64 /* free slots beside what is raced for */

enum { PAGED_OUT, REWRITTEN, CHECKED };
enum { ZRAM, ZSWAP };

static const struct case_cell cells[] = {
	{ "zram", "zram", .arg = ZRAM },
	{ "zswap", "zswap above zram", .arg = ZSWAP },
	{ 0 },
};

static bool prepare(const struct case_cell *cell);

static const struct case_info info = {
	.name = "swapin-skips-swapcache",
	.summary = "two threads fault on one page of zram while it is swapped out again",
	.tags = "anon swap zram zswap reclaim persistence race",
	.needs = NEED_ROOT | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:13ddaf26be32 linux-git:25cd241408a2",
	.cve = "CVE-2024-26759",
	.fixed_in = "6.9",
	.lever = "race",
	.seconds = 8,
	.rounds = 10000000,
	.counters = { { "paged_out", true }, { "rewritten", true }, { "checked", true } },
	.prepare = prepare,
	.cells = cells,
};

static bool prepare(const struct case_cell *cell)
{
	const struct res_backend *b = res_backends;

	while (b->name && strcmp(b->name, "zram"))
		b++;
	if (!b->name || !res_backend_on(b))
		return false;
	return cell->arg == ZRAM || res_write("/sys/module/zswap/parameters/enabled", "Y");
}

/* All slots of our swap but a few go to memory that nobody looks at. */
static void fill_swap(void)
{
	size_t bytes = res_swap_left();
	char *fill;

	if (bytes <= LEFT * STAMP_PAGE)
		return;
	bytes -= LEFT * STAMP_PAGE;
	fill = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fill == MAP_FAILED)
		fail("%zu MiB of memory", bytes >> 20);
	madvise(fill, bytes, MADV_NOHUGEPAGE);
	memset(fill, 1, bytes);
	for (int tries = 0; tries < 3; tries++)
		madvise(fill, bytes, MADV_PAGEOUT);
}

static void *reader(void *data)
{
	struct rewriter *r = data;

	while (!rewriter_lost(r))
		map_read(r->map); /* the other fault */
	return NULL;
}

static enum verdict run(struct case_ctx *c)
{
	struct rewriter rewriter;
	enum verdict verdict;
	pthread_t thread;
	struct map map;

	case_on_all_cpus(); /* a race wants more than one CPU */
	fill_swap();
	if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0))
		return INCONCLUSIVE;
	rewriter_start(&rewriter, &map, STAMP_SECTOR);
	if (pthread_create(&thread, NULL, reader, &rewriter))
		fail("a thread that reads");
	while (!rewriter_lost(&rewriter) && case_round(c)) {
		if (case_disturbs(c))
			madvise(map.at, map.len, MADV_PAGEOUT); /* to the slot that is free */
		case_count(c, PAGED_OUT, pagemap_count(map.at, map.len, PAGEMAP_SWAPPED));
	}
	verdict = rewriter_end(c, &rewriter);
	pthread_join(thread, NULL);
	case_count(c, PAGED_OUT, rewriter.swapped_in);
	case_count(c, REWRITTEN, atomic_load(&rewriter.rewritten));
	case_count(c, CHECKED, atomic_load(&rewriter.rewritten));
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
