// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-dio: O_DIRECT into pages that are paged out, protected, armed and forked
 *
 * Story    A disk writes into half a page while a thread stores into the other
 *          half. If the kernel has made the page read-only meanwhile and does
 *          not see that the disk holds it, the store gets a copy, and the disk
 *          writes into a page that nobody maps any more.
 * Seen as  Sectors that have the content from before the read.
 * Fixed    6c287605fd56 (5.19); against fork a7e689dd1c06 (6.5).
 * Steps    Threads read and write units by O_DIRECT and libaio, store beside
 *          them, and check; others page out, protect, arm, lock, move and fork.
 */
#include "storm.h"

#define WORK  "dio-reader=2,dio-writer=1,aio-reader=1,writer=2,"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT | NEED_O_DIRECT)
#define FORK  "open(2) NOTES: O_DIRECT into private memory against fork"

/* The first ones are few and alone, so that they meet often; then more of everything. */
static const struct storm_mix mixes[] = {
	{ "clear-refs", "anon4k:4", "dio-reader=2,writer=1,clear-refs=1",
	  NEED_O_DIRECT | NEED_SOFT_DIRTY },
	{ "mprotect", "anon4k:4", "dio-reader=2,writer=1,mprotecter=1", NEED_O_DIRECT },
	{ "pageout", "anon4k:4", "dio-reader=2,writer=1,pager-out=1,reader=1", NEEDS },
	{ "anon", "anon4k:16",
	  WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1,mlocker=1,mremapper=1", NEEDS },
	{ "anon-uffd", "anon4k:16", WORK "pager-out=1,reader=1,uffd-toggler=1", NEEDS },
	{ "anon-swapoff", "anon4k:64", WORK "pager-out=1,reader=1,swapoff=1,memcg-reclaimer=1",
	  NEEDS | NEED_ROOT },
	{ "thp", "pte-thp:512,thp:512",
	  WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1,regrouper=1,mlocker=1", NEEDS },
	{ "shared", "memfd:32,shared-anon:32",
	  WORK "file-writer=1,pager-out=1,reader=1,mprotecter=1,puncher=1,truncater=1", NEEDS },
	{ "file", "file:32",
	  WORK "file-writer=1,pager-out=1,reader=1,mprotecter=1,puncher=1,truncater=1", NEEDS,
	  .hazard = STORM_FILE_HAZARD },
	{ "private-file", "file-private:32,memfd-private:32",
	  WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1", NEEDS },
	{ "holes", "anon4k:32", WORK "pager-out=1,reader=1,puncher=1,ksm-merger=1,compactor=1",
	  NEEDS },
	{ "fork", "anon4k:32,pte-thp:512", WORK "pager-out=1,reader=1,forker=1,fork-writer=1",
	  NEEDS, .hazard = FORK, .hazard_before = "6.5" },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-dio",
		.summary = "O_DIRECT and libaio into pages under everything that moves them",
		.tags = "storm odirect aio swap race",
		.refs = "linux-git:6c287605fd56 linux-git:a7e689dd1c06",
		.threads = "S0 S2",
		.oracles = CASE_COHERENCE,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, mixes);
}
