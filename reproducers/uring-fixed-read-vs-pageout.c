// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-pageout: a registered buffer must survive reclaim
 *
 * Story    io_uring pins a buffer once and reads into its pages for hours. If
 *          reclaim moves a pinned page to the swap cache and unmaps it, the
 *          next write fault copies it: the program looks at the copy while the
 *          device fills the original.
 * Seen as  Old data after a successful READ_FIXED.
 * Fixed    v5.11, feb889fb40fa: no pinned page enters the swap cache; for good
 *          v5.19, 6c287605fd56: no pinned page is unmapped. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 register  2 page out  3 read fault  4 write fault  5 READ_FIXED
 *          6 the buffer holds the device's data.
 * Notes    feb889fb40fa is in 5.10.9 too, older than any kernel at hand: seen
 *          to fail under --inject only. What it leaves open, pages that are in
 *          the swap cache when they are pinned, is uring-fixed-vs-swap-race.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;

enum { PINNED, CONTROL_OUT, PINNED_OUT, MOVED, CHECKED };

static const struct case_info info = {
	.name = "uring-fixed-read-vs-pageout",
	.summary = "READ_FIXED into a registered buffer after it was paged out and touched",
	.tags = "pin io_uring anon swap reclaim",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_IO_URING,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:feb889fb40fa linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.11",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.counters = { { "pinned", true },
		      { "control_paged_out", true },
		      { "pinned_paged_out" },
		      { "moved" },
		      { "checked", true } },
};

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2);

	map_remember(buffer);
	map_remember(control);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c)) {
		madvise(buffer->at, buffer->len, MADV_PAGEOUT);
		madvise(control->at, control->len, MADV_PAGEOUT);
	}
	case_count(c, PINNED_OUT, pagemap_count(buffer->at, buffer->len, PAGEMAP_ABSENT));
	case_count(c, CONTROL_OUT, pagemap_count(control->at, control->len, PAGEMAP_ABSENT));
	map_read(buffer);  /* mapped again, if it went */
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
