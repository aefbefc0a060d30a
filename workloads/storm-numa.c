// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-numa: pages that wander between two nodes under I/O
 *
 * Story    Migration unmaps a page, copies it, and maps the copy; who holds the
 *          old one writes into nothing. Balancing makes entries inaccessible from
 *          time to time, and the fault may move the page.
 * Seen as  What a device, the kernel or a CPU wrote is not there.
 * Fixed    088b8aa537c2 (6.1); bugzilla 215616.
 * Steps    Threads read and write by all means; others move pages to the other
 *          node, let NUMA balancing do it, compact, and page out.
 */
#include "storm.h"

#define WORK  "dio-reader=1,aio-reader=1,fixed-reader=1,fixed-writer=1,writer=2,process-vm=1,"
#define MOVE  "node-mover=2,balancer=1,compactor=1,"
#define NEEDS (NEED_TWO_NODES | NEED_O_DIRECT | NEED_SWAP | NEED_PAGEOUT)

static const struct storm_mix mixes[] = {
	{ "anon", "anon4k:64", WORK MOVE "pager-out=1,reader=1", NEEDS },
	{ "thp", "thp:1024", WORK MOVE "pager-out=1,regrouper=1", NEEDS },
	{ "shared", "memfd:64,shared-anon:64", WORK MOVE "pager-out=1,file-writer=1,puncher=1",
	  NEEDS },
	{ "fork", "anon4k:64", "writer=2,process-vm=1,vmsplicer=1,forker=1," MOVE "pager-out=1",
	  NEEDS },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-numa",
		.summary = "migration and NUMA balancing under I/O",
		.tags = "storm numa migration odirect io_uring race",
		.refs = "linux-git:088b8aa537c2",
		.threads = "S2",
		.oracles = CASE_COHERENCE,
		.seconds = 30,
	};

	return storm_main(argc, argv, &info, mixes);
}
