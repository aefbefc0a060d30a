// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * madv-free-vs-pin: a read into lazily freed pages must not be lost to reclaim
 *
 * Story    MADV_FREE says "drop these pages when you like, until I write to
 *          them". An O_DIRECT read into them is such a write, but for the CPU's
 *          page tables nobody wrote: the PTEs stay clean until the read is
 *          complete. Reclaim meanwhile sees clean, lazily freed pages, and
 *          unmaps them in spite of the references of the I/O.
 * Seen as  Zeros in a buffer whose read returned success. malloc()s give freed
 *          memory back with MADV_FREE, and hand it out again for a read.
 * Fixed    v5.18, 6c8e2a256915 (and 5.10.111): no page with more references
 *          than mappings is dropped. Broken since MADV_FREE came with v4.5.
 * Steps    1 MADV_FREE  2 hold an O_DIRECT read  3 page out  4 let the read go
 *          5 the buffer holds the device's data, even after the next page-out.
 * Notes    Fixed in the oldest kernel at hand: seen to fail under --inject
 *          only. What io_uring makes of it is uring-fixed-clean-page.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <sys/mman.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, CONTROL_DROPPED, HELD_DROPPED, CHECKED };

static const struct case_info info = {
	.name = "madv-free-vs-pin",
	.summary = "O_DIRECT read in flight into lazily freed pages that reclaim finds clean",
	.tags = "pin odirect fuse anon madv-free reclaim",
	.needs = NEED_FUSE | NEED_PAGEOUT | NEED_SWAP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c8e2a256915",
	.broken_since = "4.5",
	.fixed_in = "5.18",
	.lever = "FUSE hold",
	.seen = "seeded (unmap: lazyfree dropped under a reference) 0.3 s",
	.counters = { { "held", true },
		      { "control_dropped", true },
		      { "held_dropped" },
		      { "checked", true } },
};

static void free_lazily(struct map *map)
{
	if (madvise(map->at, map->len, MADV_FREE))
		fail("MADV_FREE");
}

/* Gone, and not to swap. */
static size_t dropped(const struct map *map)
{
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT) -
	       pagemap_count(map->at, map->len, PAGEMAP_SWAPPED);
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);

	free_lazily(buffer);
	free_lazily(control);
	hold_read(hold, buffer->at, buffer->len); /* references on clean pages */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c)) {
		madvise(buffer->at, buffer->len, MADV_PAGEOUT); /* broken kernels drop them */
		madvise(control->at, control->len, MADV_PAGEOUT);
	}
	case_count(c, HELD_DROPPED, dropped(buffer));
	case_count(c, CONTROL_DROPPED, dropped(control));
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("the held read was short");

	case_count(c, CHECKED, buffer->pages);
	if (!case_check_all(c, buffer, 2, STAMP_DEVICE))
		return CORRUPT;
	madvise(buffer->at, buffer->len, MADV_PAGEOUT); /* the read has dirtied them */
	map_wait_out(buffer, 20);
	return case_check_all(c, buffer, 2, STAMP_DEVICE) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict;

	hold = hold_open();
	verdict = case_trials(c, MAP_KIND_ANON, PAGES, trial);
	hold_close(hold);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
