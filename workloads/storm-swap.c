// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-swap: memory that comes and goes through every kind of swap
 *
 * Story    Pages are written out, read ahead, taken from the swap cache and given
 *          back to it by many threads at once, and each backend has its own way:
 *          synchronous or not, compressed or not, written back behind our back.
 * Seen as  A page holds what it held before, zeros, or another page's content.
 * Fixed    13ddaf26be32 (6.8), 678e54d4bb9a, 25cd241408a2.
 * Steps    Threads write, check, read by O_DIRECT, register, fork; others page out,
 *          reclaim the cgroup, swap off, eat memory.
 */
#include "storm.h"

#define WORK  "writer=3,checker=1,process-vm=1,dio-reader=1,fixed-reader=1,reader=1,"
#define OUT   "pager-out=2,memcg-reclaimer=1,swapoff=1,eater=1,puncher=1,mlocker=1"
#define NEEDS (NEED_ROOT | NEED_PAGEOUT | NEED_O_DIRECT)

/* A cell a backend. */
static const struct storm_mix *make_mixes(void)
{
	static struct storm_mix mixes[64];
	unsigned int n = 0;

	for (const struct res_backend *b = res_backends; b->name; b++)
		mixes[n++] = (struct storm_mix){ .name = b->name,
						 .arenas = "anon4k:64,mthp:64,memfd:64",
						 .roles = WORK OUT,
						 .needs = NEEDS,
						 .backend = b,
						 .sparse = true };
	return mixes;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-swap",
		.summary = "memory that comes and goes through every kind of swap",
		.tags = "storm swap zram zswap shmem race",
		.refs = "linux-git:13ddaf26be32 linux-git:678e54d4bb9a linux-git:25cd241408a2",
		.threads = "S0 S1",
		.oracles = CASE_COHERENCE,
		.seconds = 60,
	};

	return storm_main(argc, argv, &info, make_mixes());
}
