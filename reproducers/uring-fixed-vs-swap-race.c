// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-vs-swap-race: a page pinned while reclaim looks at it must stay
 *
 * Story    Reclaim asks "may it be pinned?" when it puts a page into the swap
 *          cache, and not again. A page that is written back to swap just now
 *          is in the swap cache already; a write fault maps it back as it is,
 *          and io_uring pins it. The next round of reclaim finds a page of the
 *          swap cache, does not ask, and unmaps it; the fault after that sees
 *          too many references and copies it, and the device fills the original.
 * Seen as  Old data after a successful READ_FIXED on a machine that swaps.
 * Fixed    v5.19, 6c287605fd56 (pinned pages are not unmapped) with
 *          088b8aa537c2 (v6.1, the same against gup-fast). feb889fb40fa, v5.11,
 *          has the check that is too early. Broken since v5.9, 09854ba94c6a.
 * Steps    1 page out  2 register while the pages are still being written  3 wait
 *          for the disk  4 page out  5 read and write fault  6 READ_FIXED  7 the
 *          buffer holds the device's data.
 * Notes    A race between the disk and us in step 2 alone: 20 of 20 runs on
 *          5.10.262, on a machine under load (90 % interval 86 to 100 %). The
 *          published program races reclaim against registration instead and
 *          needs 0.6 to 22 s on 5.10.
 */
#include "case.h"
#include "deadline.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

static struct pin_ring *ring;

enum { CONTROL_OUT, PINNED, PINNED_IN_SWAPCACHE, PINNED_OUT, MOVED, CHECKED };

static const struct case_info info = {
	.name = "uring-fixed-vs-swap-race",
	.summary = "READ_FIXED into pages that were registered while they were written to swap",
	.tags = "pin io_uring anon swap reclaim race",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_IO_URING | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:088b8aa537c2 linux-git:feb889fb40fa "
		"linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2 S0",
	.lever = "race, nearly certain: register during writeback",
	.seen = "5.10.262: 20 of 20, mean 0.17 s, at most 0.65 s",
	.rounds = 64,
	.counters = { { "control_paged_out", true },
		      { "pinned", true },
		      { "pinned_in_swapcache" },
		      { "pinned_paged_out" },
		      { "moved" },
		      { "checked", true } },
};

/* Reclaim leaves pages under writeback alone; afterwards they are still in the swap cache. */
static void wait_for_the_disk(struct map *buffer)
{
	struct deadline d = deadline_in(1000);

	while (pagemap_count_flag(buffer->at, buffer->len, PAGEMAP_KPF_WRITEBACK) &&
	       deadline_wait(&d))
		;
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2);

	if (case_disturbs(c))
		madvise(buffer->at, buffer->len, MADV_PAGEOUT); /* on its way to the disk */
	pin_register(ring, buffer->at, buffer->len);		/* back, and pinned */
	case_count(c, PINNED, buffer->pages);
	case_count(c, PINNED_IN_SWAPCACHE,
		   pagemap_count_flag(buffer->at, buffer->len, PAGEMAP_KPF_SWAPCACHE));
	map_remember(buffer);
	wait_for_the_disk(buffer);
	if (case_disturbs(c)) {
		madvise(buffer->at, buffer->len, MADV_PAGEOUT); /* broken kernels unmap here */
		madvise(control->at, control->len, MADV_PAGEOUT);
	}
	case_count(c, PINNED_OUT, pagemap_count(buffer->at, buffer->len, PAGEMAP_ABSENT));
	case_count(c, CONTROL_OUT, pagemap_count(control->at, control->len, PAGEMAP_ABSENT));
	map_read(buffer);
	map_touch(buffer); /* broken kernels copy here */
	case_count(c, MOVED, map_moved(buffer));
	if (pin_read_fixed(ring, device, buffer->at, buffer->len, 0) != (ssize_t)buffer->len)
		fail("READ_FIXED was short");

	case_count(c, CHECKED, buffer->pages);
	if (!case_check_all(c, buffer, 2, STAMP_DEVICE) ||
	    !case_check_all(c, control, 1, STAMP_CPU))
		return CORRUPT;
	pin_unregister(ring);
	close(device);
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict;

	ring = pin_ring_open();
	verdict = case_trials(c, MAP_KIND_ANON, PAGES, trial);
	pin_ring_close(ring);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
