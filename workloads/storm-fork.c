// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-fork: who sees whose writes when everybody writes while somebody forks
 *
 * Story    fork shares every page, and the first who stores gets a copy. Who is
 *          first, who is last, and whether the page is swapped, merged, part of a
 *          large folio or in a pipe decides who copies; each must keep his own.
 * Seen as  A child finds what its parent wrote after the fork, or not what it wrote
 *          before; the parent finds what a child wrote.
 * Fixed    09854ba94c6a (5.9) to 6c287605fd56 (5.19), and what came between.
 * Steps    Threads write and check, splice and send; others fork: the child checks
 *          all that stood still, looks again, splices, or writes all of it; others
 *          page out, merge, protect, collapse.
 */
#include "storm.h"

#define WORK  "writer=3,checker=1,process-vm=1,vmsplicer=1,sender=1,forker=2,fork-writer=1,"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT)

static const struct storm_mix mixes[] = {
	{ "anon", "anon4k:64", WORK "pager-out=1,reader=1,mprotecter=1,clear-refs=1", NEEDS },
	{ "thp", "pte-thp:512,thp:512", WORK "pager-out=1,reader=1,regrouper=1,mlocker=1", NEEDS },
	{ "mthp", "mthp:64", WORK "pager-out=1,reader=1,mprotecter=1", NEEDS },
	{ "private-file", "file-private:32,memfd-private:32",
	  WORK "pager-out=1,reader=1,mprotecter=1", NEEDS },
	{ "swapoff", "anon4k:64", WORK "pager-out=1,swapoff=1,memcg-reclaimer=1",
	  NEEDS | NEED_ROOT },
	{ "ksm", "anon4k:64", WORK "pager-out=1,ksm-merger=2,puncher=1", NEEDS | NEED_KSM },
	{ "uring", "anon4k:64", WORK "fixed-reader=1,fixed-writer=1,pager-out=1,reader=1",
	  NEEDS | NEED_IO_URING },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-fork",
		.summary = "fork while everybody writes: each must keep his own",
		.tags = "storm fork isolation vmsplice swap ksm thp race",
		.refs = "linux-git:09854ba94c6a linux-git:6c287605fd56",
		.threads = "S0 S1 S2",
		.oracles = CASE_COHERENCE | CASE_ISOLATION,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, mixes);
}
