// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-all: every role over every kind of memory at the same time
 *
 * Story    Two things that nobody tried together are where bugs are left. All
 *          kinds of memory, everybody who writes, everybody who disturbs; for
 *          hours.
 * Seen as  Any of the other storms' findings.
 * Fixed    -
 * Steps    All of it. --for 1h; --roles and --arena to leave something out.
 */
#include "storm.h"

#define IO   "dio-reader=1,dio-writer=1,aio-reader=1,fixed-reader=1,fixed-writer=1,"
#define CPU  "writer=2,checker=1,process-vm=1,vmsplicer=1,sender=1,"
#define DROP "puncher=1,ksm-merger=1,"
#define OUT \
	"pager-out=1,remote-pager=1,memcg-reclaimer=1,swapoff=1,eater=1,cgroup-mover=1,damon=1,reader=1,"
#define TURN  "mprotecter=1,mremapper=1,mlocker=1,regrouper=1,clear-refs=1,compactor=1,node-mover=1"
#define FORK  ",forker=1,fork-writer=1"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT | NEED_ROOT | NEED_O_DIRECT | NEED_IO_URING)

static const struct storm_mix mixes[] = {
	{ "memory", "anon4k:64,mthp:64,thp:512,pte-thp:512,shared-anon:64,memfd:64",
	  IO CPU DROP OUT TURN, NEEDS },
	{ "memfd", "file-private:64,memfd:64,memfd-private:64",
	  IO CPU "file-writer=2,truncater=1,puncher=1," OUT TURN, NEEDS },
	{ "files", "file:64,file-private:64,memfd:64",
	  IO CPU "file-writer=2,truncater=1,puncher=1," OUT TURN, NEEDS,
	  .hazard = STORM_FILE_HAZARD },
	{ "fork", "anon4k:64,mthp:64,thp:512,pte-thp:512,file-private:64",
	  IO CPU DROP OUT TURN FORK, NEEDS,
	  .hazard = "open(2) NOTES: O_DIRECT into private memory against fork",
	  .hazard_before = "6.5" },
	{ "fork-no-dio", "anon4k:64,mthp:64,thp:512,pte-thp:512,file-private:64",
	  CPU DROP OUT TURN FORK, NEEDS },
	{ "hugetlb", "hugetlb:1024,anon4k:64", IO CPU OUT TURN, NEEDS | NEED_HUGETLB },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-all",
		.summary = "every role over every kind of memory at the same time",
		.tags = "storm odirect io_uring aio fork swap thp ksm race",
		.refs = "linux-git:6c287605fd56",
		.threads = "S0 S1 S2 S3",
		.oracles = CASE_COHERENCE | CASE_ISOLATION,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, mixes);
}
