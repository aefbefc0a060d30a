// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * softdirty-vs-unmap: the soft-dirty bit survives whatever rewrites the page table
 *
 * Story    A soft-dirty bit is in the PTE. Swap-out moves it to the swap entry,
 *          swap-in and swapoff bring it back, a split copies it 512 times, fork
 *          keeps it, mprotect and migration rewrite the entry around it. And a
 *          page without it must stay write-protected: whoever makes its entry
 *          writable again hides the next write.
 * Seen as  An incremental checkpoint that misses the page: silent old data after
 *          restore.
 * Fixed    v6.0, 76aefad628aa (mprotect). 5.10 loses the bit in swapoff, fixed
 *          before v6.1.
 * Steps    1 clear_refs  2 write a quarter  3 disturb  4 write another quarter
 *          5 both are soft-dirty, nothing else (but for all of a huge page, and of
 *          what was moved)  6 the content is right.
 * Notes    On x86 pte_mkdirty() sets the soft-dirty bit, too: paths that carry the
 *          dirty bit over (migration since 6.1, splits) report more than was
 *          written. So does mremap, on purpose.
 */
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"
#include "track-check.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 64

static size_t page_out(struct case_ctx *c, struct map *map)
{
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

static size_t swap_in(struct case_ctx *c, struct map *map)
{
	size_t out = page_out(c, map);

	map_read(map);
	return out;
}

static size_t swap_off(struct case_ctx *c, struct map *map)
{
	size_t out = page_out(c, map);

	if (!res_swap_cycle())
		fail("%s", res_why());
	return out;
}

static size_t fork_writer(struct case_ctx *c, struct map *map)
{
	pid_t pid = fork();

	if (!pid) {
		map_touch(map);
		_exit(0);
	}
	if (pid < 0 || child_wait(pid))
		fail("fork");
	return map->pages;
}

static size_t remap(struct case_ctx *c, struct map *map)
{
	char *place = mmap(NULL, map->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (place == MAP_FAILED || mremap(map->at, map->len, map->len, flags, place) != place ||
	    mremap(place, map->len, map->len, flags, map->at) != map->at)
		fail("mremap there and back");
	return map->pages;
}

/* Another protection for one page splits the PMD: its bit goes to every PTE. */
static size_t split(struct case_ctx *c, struct map *map)
{
	size_t page = pagemap_page_size();
	long huge = pagemap_smaps_kb(map->at, "AnonHugePages:");

	if (mprotect(map->at, page, PROT_READ) || mprotect(map->at, page, PROT_READ | PROT_WRITE))
		fail("mprotect of one page");
	return huge > 0 && !pagemap_smaps_kb(map->at, "AnonHugePages:") ? map->pages : 0;
}

/* To the other node and back: try_to_migrate() and remove_migration_pte(). */
static size_t migrate(struct case_ctx *c, struct map *map)
{
	unsigned long node[] = { 1, 2 };
	size_t moved = 0, now;

	for (int i = 1; i >= 0; i--) {
		if (syscall(SYS_mbind, map->at, map->len, MPOL_BIND, &node[i], 8 * sizeof(*node),
			    MPOL_MF_MOVE))
			fail("mbind");
		now = map_moved(map); /* a huge page may get back the frame that it left */
		moved = now > moved ? now : moved;
	}
	return pagemap_pfns_visible() ? moved : map->pages;
}

/* Writable again must not mean writable without a fault. */
static size_t protect(struct case_ctx *c, struct map *map)
{
	if (mprotect(map->at, map->len, PROT_READ) ||
	    mprotect(map->at, map->len, PROT_READ | PROT_WRITE))
		fail("mprotect there and back");
	return map->pages;
}

static const struct {
	size_t (*disturb)(struct case_ctx *c, struct map *map);
	enum map_kind kind;
	unsigned int extra;
} ways[] = {
	{ page_out, MAP_KIND_ANON, 0 },		 { swap_in, MAP_KIND_ANON, 0 },
	{ swap_off, MAP_KIND_ANON, 0 },		 { fork_writer, MAP_KIND_ANON, 0 },
	{ remap, MAP_KIND_ANON, TRACK_EXTRA },	 { split, MAP_KIND_THP, TRACK_EXTRA },
	{ migrate, MAP_KIND_ANON, TRACK_EXTRA }, { protect, MAP_KIND_ANON, 0 },
	{ page_out, MAP_KIND_THP, TRACK_EXTRA }, { migrate, MAP_KIND_THP, TRACK_EXTRA },
	{ protect, MAP_KIND_THP, TRACK_EXTRA },
};

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "pageout", "the bit in the swap entry", SWAPS, .arg = 0 },
	{ "swapin", "and back by a read fault", SWAPS, .arg = 1 },
	{ "swapoff", "and back by unuse_pte()", SWAPS | NEED_ROOT, .arg = 2 },
	{ "fork", "a child that writes", .arg = 3 },
	{ "mremap", "moved away and back", .arg = 4 },
	{ "split", "from one PMD to 512 PTEs", NEED_THP, .arg = 5 },
	{ "migration", "to another node and back", NEED_TWO_NODES, .arg = 6 },
	{ "mprotect", "read-only and back", .arg = 7 },
	{ "thp-pageout", "a huge page is swapped", NEED_THP | SWAPS, .arg = 8 },
	{ "thp-migration", "a huge page to another node and back", NEED_THP | NEED_TWO_NODES,
	  .arg = 9 },
	{ "thp-mprotect", "a huge page read-only and back", NEED_THP, .arg = 10 },
	{ 0 },
};

static const struct case_info info = {
	.name = "softdirty-vs-unmap",
	.summary = "soft-dirty bits survive swap, fork, mremap, split, migration and mprotect",
	.tags = "soft-dirty anon swap fork thp tracking",
	.needs = NEED_SOFT_DIRTY,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:76aefad628aa",
	.fixed_in = "6.1",
	.seen = "5.10.0-46, swapoff: 48 of 48, 0.2 s; seeded (unmap: soft-dirty lost in swap "
		"pte) pageout 0.2 s; (swapin: soft-dirty lost) swapin 0.1 s; (swapoff: soft-"
		"dirty lost) swapoff 0.5 s; 5 more",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	return track_trial(c, map, TRACK_SOFT_DIRTY,
			   TRACK_BEFORE | TRACK_AFTER | ways[c->cell->arg].extra,
			   ways[c->cell->arg].disturb);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, ways[c->cell->arg].kind, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
