// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-uring: registered buffers that come and go under reclaim
 *
 * Story    io_uring pins pages through gup-fast, which takes no lock that reclaim
 *          would wait for: one looks whether the page is pinned while the other
 *          pins it. And between registration and its end the mapping may be
 *          protected, moved and armed; the pin must stay on the mapped page.
 * Seen as  What READ_FIXED brought is not in the memory, or WRITE_FIXED wrote
 *          what was there before.
 * Fixed    088b8aa537c2 (6.1) for pinning against unmapping; 6c287605fd56 (5.19).
 * Steps    Threads register pages, read into them, store to them, unregister and
 *          check; others page out, read, protect, arm, lock, move.
 * Notes    Pages that were clean when registered and that nobody stores to are
 *          lost in kernels of today (uring-fixed-clean-page): a cell of its own.
 */
#include "storm.h"

#define WORK  "fixed-reader=2,fixed-writer=1,writer=1,"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT | NEED_IO_URING | NEED_O_DIRECT)

static const struct storm_mix mixes[] = {
	{ "mprotect", "anon4k:4", "fixed-reader=2,mprotecter=1", NEED_IO_URING | NEED_O_DIRECT },
	{ "anon", "anon4k:16",
	  WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1,mlocker=1,mremapper=1", NEEDS },
	{ "anon-uffd", "anon4k:16", WORK "pager-out=1,reader=1,uffd-toggler=1", NEEDS },
	{ "pageout", "anon4k:8", "fixed-reader=2,writer=1,pager-out=2,reader=1", NEEDS },
	{ "anon-swapoff", "anon4k:64", WORK "pager-out=1,reader=1,swapoff=1,memcg-reclaimer=1",
	  NEEDS | NEED_ROOT },
	{ "thp", "pte-thp:512,thp:512",
	  WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1,regrouper=1,mlocker=1", NEEDS },
	{ "shmem", "memfd:32,shared-anon:32", WORK "pager-out=1,reader=1,mprotecter=1,puncher=1",
	  NEEDS },
	{ "fork", "anon4k:32,pte-thp:512", WORK "pager-out=1,reader=1,forker=1,fork-writer=1",
	  NEEDS },
	{ "clean", "anon4k:16", "fixed-reader-clean=2,writer=1,pager-out=1,reader=1", NEEDS,
	  .open = "since 6.11, no fix known 2026-11" },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-uring",
		.summary = "io_uring's registered buffers under everything that moves pages",
		.tags = "storm io_uring swap race",
		.refs = "linux-git:088b8aa537c2 linux-git:6c287605fd56",
		.threads = "S2",
		.oracles = CASE_COHERENCE,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, mixes);
}
