// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-uffd: trackers that must learn of every write, under everything that rewrites PTEs
 *
 * Story    Write protection is a bit in a page table entry, a swap entry, a
 *          marker. Whoever makes an entry anew has to carry it over; who forgets
 *          lets a write pass that nobody is told of.
 * Seen as  A page was written and userfaultfd, or PAGEMAP_SCAN, says nothing.
 * Fixed    Commit by commit: the reproducers uffdwp-* name them.
 * Steps    A tracker claims pages, arms, writes, and asks; others page out, swap
 *          off, protect, lock, collapse, merge, fork meanwhile.
 */
#include "storm.h"

#define WORK  "writer=2,checker=1,process-vm=1,reader=1,"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT)
#define SYNC  (NEEDS | NEED_UFFD_WP | NEED_UFFD_KERNEL)
#define ASYNC (NEEDS | NEED_UFFD_ASYNC | NEED_SCAN)

static const struct storm_mix mixes[] = {
	{ "anon", "anon4k:32", WORK "uffd-tracker=1,pager-out=1,mprotecter=1,mlocker=1,forker=1",
	  SYNC },
	{ "anon-swapoff", "anon4k:64", WORK "uffd-tracker=1,pager-out=1,swapoff=1",
	  SYNC | NEED_ROOT },
	{ "anon-io", "anon4k:32", WORK "uffd-tracker=1,pager-out=1,aio-reader=1,fixed-reader=1",
	  SYNC | NEED_IO_URING | NEED_O_DIRECT },
	{ "thp", "thp:512", WORK "uffd-tracker=1,pager-out=1,regrouper=1,mlocker=1", SYNC },
	{ "shmem", "memfd:32", WORK "uffd-tracker=1,pager-out=1,mprotecter=1,file-writer=1",
	  SYNC | NEED_UFFD_SHMEM },
	{ "async-anon", "anon4k:32",
	  WORK "async-tracker=1,pager-out=1,mprotecter=1,mlocker=1,forker=1", ASYNC },
	{ "async-swapoff", "anon4k:64", WORK "async-tracker=1,pager-out=1,swapoff=1",
	  ASYNC | NEED_ROOT },
	{ "async-thp", "thp:512", WORK "async-tracker=1,pager-out=1,regrouper=1,mlocker=1", ASYNC },
	{ "async-shmem", "memfd:32", WORK "async-tracker=1,pager-out=1,mprotecter=1", ASYNC },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-uffd",
		.summary =
			"userfaultfd and PAGEMAP_SCAN miss no write under everything that rewrites PTEs",
		.tags = "storm tracking uffd-wp swap race",
		.refs = "linux-git:f45ec5ff16a7 linux-git:52526ca7fdb9",
		.threads = "S4",
		.oracles = CASE_COHERENCE | CASE_TRACKING,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, mixes);
}
