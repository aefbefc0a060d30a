// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-tlb: after write-protecting, no thread writes through an old translation
 *
 * Story    Write-protecting many pages clears their PTEs and flushes the TLBs once,
 *          at the end. Until then another CPU may still write to a page whose
 *          PTE says it is protected; a fault in between that trusts the PTE
 *          copies or reports the page too early.
 * Seen as  A write that is in no snapshot: neither in the copy that was taken nor
 *          reported after it.
 * Fixed    v5.12, 6ce64428d620: mm/userfaultfd: fix memory corruption due to
 *          writeprotect.
 * Steps    1 two threads write random pages  2 arm while they write, copy what is
 *          reported, again and again  3 stop: the copy equals the memory.
 * Notes    A race without a lever; slower CPUs and TCG hit it more easily.
 */
#include "precopy.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 512

enum { CALM, COW };

/* Pages that are shared with a child are copied by the write fault. */
static size_t fork_child(struct case_ctx *c, struct map *map)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	usleep(500);
	return pid > 0 ? map->pages : 0;
}

static const struct case_cell cells[] = {
	{ "uffd-wp", "notifications", .arg = TRACK_UFFD * 2 + CALM },
	{ "uffd-wp.fork", "notifications, pages to be copied", .arg = TRACK_UFFD * 2 + COW },
	{ "uffd-wp-async", "PAGEMAP_SCAN", NEED_UFFD_ASYNC | NEED_SCAN,
	  .arg = TRACK_ASYNC * 2 + CALM },
	{ "uffd-wp-async.fork", "PAGEMAP_SCAN, pages to be copied", NEED_UFFD_ASYNC | NEED_SCAN,
	  .arg = TRACK_ASYNC * 2 + COW },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-tlb",
	.summary = "uffd-wp is armed while threads write: no write is missed",
	.tags = "uffd-wp anon race tlb tracking",
	.needs = NEED_UFFD_WP,
	.oracles = CASE_TRACKING,
	.refs = "linux-git:6ce64428d620",
	.broken_since = "5.7",
	.fixed_in = "5.12",
	.seen = "seeded (PAGEMAP_SCAN: no TLB flush) uffd-wp-async 1.3 s",
	.rounds = 4,
	.counters = { PRECOPY_COUNTERS },
	.cells = cells,
};

static enum verdict run(struct case_ctx *c)
{
	struct precopy how = { .kind = c->cell->arg / 2,
			       .ms = 250,
			       .disturb = c->cell->arg % 2 == COW ? fork_child : NULL };
	enum verdict verdict = PASS;
	struct map map;

	while (verdict == PASS && case_round(c)) {
		if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0))
			return INCONCLUSIVE;
		verdict = precopy_run(c, &map, &how);
		map_free(&map);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
