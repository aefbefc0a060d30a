// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swap-stable-writes: a page that is being compressed must not change meanwhile
 *
 * Story    Some swap backends read a page more than once while they write it
 *          (zram compresses, others make checksums) and say so:
 *          SWP_STABLE_WRITES. A fault may map a page back that is under
 *          writeback, but with such a backend not writable: it has to be copied
 *          when it is written. With PG_anon_exclusive remembered in the swap PTE
 *          this is a special case that must not be forgotten.
 * Seen as  A page that is partly old and partly new after the next swap-in, or
 *          that cannot be decompressed.
 * Fixed    The special case came with v5.19, 1493a1913e34 (reuse_swap_page() had
 *          it before). A kernel without it has regressed.
 * Steps    1 a thread verifies and rewrites pages  2 another pages them out to
 *          zram, all the time  3 each page is always what was written last.
 * Notes    A race, bounded in time. No kernel at hand has the bug: seen to fail
 *          under --inject only.
 */
#include "case.h"
#include "pagemap.h"
#include "res-backend.h"
#include "res.h"
#include "rewriter.h"

#include <string.h>
#include <sys/mman.h>

#define PAGES 64

enum { PAGED_OUT, REWRITTEN, CHECKED };

static bool prepare(const struct case_cell *cell);

static const struct case_info info = {
	.name = "swap-stable-writes",
	.summary = "pages rewritten while zram compresses them",
	.tags = "anon swap zram reclaim persistence race",
	.needs = NEED_ROOT | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:1493a1913e34",
	.fixed_in = "5.19",
	.threads = "S0",
	.lever = "race",
	.seconds = 3,
	.rounds = 1000000,
	.counters = { { "paged_out", true }, { "rewritten", true }, { "checked", true } },
	.prepare = prepare,
};

static bool prepare(const struct case_cell *cell)
{
	for (const struct res_backend *b = res_backends; b->name; b++)
		if (!strcmp(b->name, "zram"))
			return res_backend_on(b);
	return res_refuse("no zram among the backends");
}

static enum verdict run(struct case_ctx *c)
{
	struct rewriter rewriter;
	enum verdict verdict;
	struct map map;

	case_on_all_cpus(); /* a race wants two CPUs */
	if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0))
		return INCONCLUSIVE;
	rewriter_start(&rewriter, &map, STAMP_PAGE);
	while (!rewriter_lost(&rewriter) && case_round(c)) {
		if (case_disturbs(c))
			madvise(map.at, map.len, MADV_PAGEOUT); /* compressed here */
		case_count(c, PAGED_OUT, pagemap_count(map.at, map.len, PAGEMAP_SWAPPED));
	}
	verdict = rewriter_end(c, &rewriter);
	case_count(c, PAGED_OUT, rewriter.swapped_in);
	case_count(c, REWRITTEN, atomic_load(&rewriter.rewritten));
	case_count(c, CHECKED, atomic_load(&rewriter.rewritten));
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
