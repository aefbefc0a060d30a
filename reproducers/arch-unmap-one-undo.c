// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch-unmap-one-undo: an unmap that is given up must give its swap slot back
 *
 * Story    try_to_unmap() takes a reference on the swap slot, then asks the
 *          architecture to save what belongs to the page (arch_unmap_one(): the
 *          ADI tags of sparc64). If that fails the page stays mapped, and the
 *          reference must be given back. It was not: the slot stays in use for
 *          ever.
 * Seen as  Swap that fills up and never empties; no data is lost.
 * Fixed    v5.19, 322842ea3c72: swap_free() on that path. Broken since
 *          v4.16, ca827d55ebaa.
 * Steps    1 page out and in again, often  2 unmap  3 as much swap is free as
 *          before.
 * Notes    Only sparc64 has an arch_unmap_one() that can fail, so it skips on
 *          every other architecture. Never run on a sparc64: seen to fail
 *          nowhere.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define PAGES 64

#ifdef __sparc__
#define TAGGED true
#ifndef PROT_ADI
#define PROT_ADI 0x10
#endif
#else
#define TAGGED	 false
#define PROT_ADI 0
#endif

enum { PAGED_OUT, CHECKED };

static const struct case_info info = {
	.name = "arch-unmap-one-undo",
	.summary = "swap slots are given back when the architecture refuses to unmap (sparc64)",
	.tags = "anon swap reclaim sparc",
	.needs = NEED_SWAP | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:322842ea3c72 linux-git:ca827d55ebaa",
	.broken_since = "4.16",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "sparc64 with ADI",
	.seen = "nowhere: never run on a sparc64",
	.counters = { { "paged_out", true }, { "checked", true } },
};

static unsigned long swap_used(void)
{
	struct sysinfo now;

	if (sysinfo(&now))
		fail("sysinfo");
	return (now.totalswap - now.freeswap) * now.mem_unit;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	unsigned long before = swap_used(), leaked;

	if (TAGGED && mprotect(map->at, map->len, PROT_READ | PROT_WRITE | PROT_ADI))
		return case_skip(c, "ADI: mprotect(PROT_ADI) is refused; use a SPARC M7 or later");
	map_remember(map);
	for (int i = 0; case_disturbs(c) && i < 64; i++) {
		madvise(map->at, map->len, MADV_PAGEOUT);
		case_count(c, PAGED_OUT, map_wait_out(map, 100));
		map_read(map);
	}
	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 1, STAMP_CPU))
		return CORRUPT;
	munmap(map->at, map->len);
	leaked = swap_used() > before ? swap_used() - before : 0;
	/* Others swap too; what leaks here is all of it, 64 times. */
	return leaked < map->len * 8 ? PASS
				     : case_corrupt(c, "leaked swap",
						    "%lu KiB of swap are still in use after the "
						    "memory was unmapped; round %u",
						    leaked >> 10, c->round);
}

static enum verdict run(struct case_ctx *c)
{
	if (!TAGGED)
		return case_skip(c, "sparc64: only its arch_unmap_one() can fail; there is nothing "
				    "to undo on this architecture");
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
