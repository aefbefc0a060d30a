// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zswap-writeback-race: what zswap writes back must be what the slot holds now
 *
 * Story    A zswap pool that is over its limit is written back to the swap
 *          behind it: an entry is taken, decompressed into a page of the swap
 *          cache, written. Meanwhile its owner swaps the page in, the slot is
 *          free, and gets another page. Writeback then brings the old entry's
 *          data into the swap cache under the new page's slot.
 * Seen as  A page of another place, or an old copy, on machines with zswap under
 *          pressure.
 * Fixed    CVE-2023-53178: v6.4, 04fc7816089c (and 6.1.30): the entry is looked
 *          up again once the slot is locked.
 * Steps    1 a thread verifies and rewrites pages  2 they are paged out to zswap
 *          3 its pool is emptied, all the time  4 each page is always what was
 *          written last.
 * Notes    A race, bounded in time.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "res-backend.h"
#include "res.h"
#include "rewriter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 256
#define LIMIT "/sys/module/zswap/parameters/max_pool_percent"

enum { PAGED_OUT, WRITTEN_BACK, REWRITTEN, CHECKED };

static bool prepare(const struct case_cell *cell);

static const struct case_info info = {
	.name = "zswap-writeback-race",
	.summary = "pages rewritten and swapped while zswap writes its pool back",
	.tags = "anon swap zswap reclaim persistence race",
	.needs = NEED_ROOT | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:04fc7816089c",
	.cve = "CVE-2023-53178",
	.fixed_in = "6.4",
	.lever = "race",
	.seconds = 5,
	.rounds = 1000000,
	.counters = { { "paged_out", true },
		      { "written_back", true },
		      { "rewritten", true },
		      { "checked", true } },
	.prepare = prepare,
};

static bool prepare(const struct case_cell *cell)
{
	for (const struct res_backend *b = res_backends; b->name; b++)
		if (!strcmp(b->name, "zswap"))
			return res_backend_on(b);
	return res_refuse("no zswap among the backends");
}

/* The backend's undo step restores it. */
static void limit_pool(const char *percent)
{
	int fd = open(LIMIT, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, percent, strlen(percent)) < 0)
		fail("%s to %s", percent, LIMIT);
	close(fd);
}

/* All of it into the pool, with nobody who takes it out again meanwhile. */
static size_t fill_pool(struct rewriter *rewriter)
{
	struct map *map = rewriter->map;

	atomic_store(&rewriter->rests, true);
	madvise(map->at, map->len, MADV_PAGEOUT);
	return pagemap_count(map->at, map->len, PAGEMAP_SWAPPED);
}

/*
 * What is stored next finds the pool over its limit: a worker writes it back,
 * while the thread swaps each page in, rewrites it, and frees its slot.
 */
static void empty_pool(struct rewriter *rewriter, struct map *trigger)
{
	unsigned long all = atomic_load(&rewriter->rewritten) + rewriter->map->pages;

	map_touch(trigger);
	limit_pool("0");
	madvise(trigger->at, trigger->len, MADV_PAGEOUT);
	atomic_store(&rewriter->rests, false);
	while (!rewriter_lost(rewriter) && atomic_load(&rewriter->rewritten) < all)
		usleep(100); /* the worker wants this CPU */
	limit_pool("20");
}

static enum verdict run(struct case_ctx *c)
{
	unsigned long before = res_zswap_written();
	struct rewriter rewriter;
	enum verdict verdict;
	struct map map, trigger;

	case_on_all_cpus(); /* a race wants two CPUs */
	if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0) ||
	    !case_map(c, &trigger, MAP_KIND_ANON, 1, 1))
		return INCONCLUSIVE;
	rewriter_start(&rewriter, &map, STAMP_SECTOR);
	while (!rewriter_lost(&rewriter) && case_round(c)) {
		if (!case_disturbs(c))
			continue;
		case_count(c, PAGED_OUT, fill_pool(&rewriter));
		empty_pool(&rewriter, &trigger);
	}
	case_count(c, WRITTEN_BACK, res_zswap_written() - before);
	verdict = rewriter_end(c, &rewriter);
	case_count(c, REWRITTEN, atomic_load(&rewriter.rewritten));
	case_count(c, CHECKED, atomic_load(&rewriter.rewritten));
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
