// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-softdirty: every page that was written after clear_refs has its bit
 *
 * Story    clear_refs takes the write bit and the soft-dirty bit away; the next
 *          store faults and sets both. Reclaim, swapoff, mprotect, mremap and
 *          collapse make the entry anew, and have to carry the bit over.
 * Seen as  A page was written and its soft-dirty bit is not set: an incremental
 *          checkpoint keeps the old one.
 * Fixed    Commit by commit: the reproducers softdirty-* name them.
 * Steps    One thread claims pages, clears, writes and looks; others page out, swap
 *          off, protect, lock, collapse meanwhile.
 */
#include "storm.h"

#define WORK  "writer=2,checker=1,process-vm=1,reader=1,soft-dirty-tracker=1,"
#define NEEDS (NEED_SWAP | NEED_PAGEOUT | NEED_SOFT_DIRTY)

static const struct storm_mix mixes[] = {
	{ "anon", "anon4k:32", WORK "pager-out=1,mprotecter=1,mlocker=1,forker=1", NEEDS },
	{ "swapoff", "anon4k:64", WORK "pager-out=1,swapoff=1", NEEDS | NEED_ROOT },
	{ "thp", "thp:512", WORK "pager-out=1,regrouper=1,mlocker=1", NEEDS },
	{ 0 },
};

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "storm-softdirty",
		.summary = "soft-dirty bits miss no write under everything that rewrites PTEs",
		.tags = "storm tracking soft-dirty swap race",
		.refs = "linux-git:9348b73c2e1b linux-git:6c287605fd56",
		.threads = "S3",
		.oracles = CASE_COHERENCE | CASE_TRACKING,
		.seconds = 30,
	};

	return storm_main(argc, argv, &info, mixes);
}
