// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-swapoff: an O_DIRECT read must survive swapoff of its buffer
 *
 * Story    An O_DIRECT read holds plain references (FOLL_GET) on its pages.
 *          Reclaim unmaps them into the swap cache all the same. swapoff maps
 *          them again (unuse_pte), read-only; the write fault after it sees a
 *          page with more than one reference, takes it for shared, and copies.
 *          The program has the copy, the device fills the original.
 * Seen as  Old data in a buffer whose read returned success, after an
 *          administrator changed the swap of a busy machine.
 * Fixed    v5.19, 1493a1913e34: the swap PTE remembers PG_anon_exclusive, and
 *          unuse_pte() restores it. Broken since v5.9, 09854ba94c6a.
 * Steps    1 hold an O_DIRECT read  2 page the buffer out  3 swapoff
 *          4 write fault  5 let the read go  6 the buffer holds the device's data.
 * Notes    Kernels that pin (FOLL_PIN) do not unmap the held pages at all: that
 *          they are swapped and brought back is shown on a control.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "res.h"

#include <sys/mman.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, CONTROL_OUT, CONTROL_BACK, HELD_OUT, MOVED, CHECKED };
enum { ABSENT, READ_FIRST };

static const struct case_cell cells[] = {
	{ "absent", "not present when swapoff comes: unuse_pte() maps them", .arg = ABSENT },
	{ "read-first", "mapped again by a read fault before swapoff", .arg = READ_FIRST },
	{ 0 },
};

static const struct case_info info = {
	.name = "odirect-read-vs-swapoff",
	.summary = "O_DIRECT read in flight while its paged-out buffer comes back by swapoff",
	.tags = "pin odirect fuse anon swap swapoff",
	.needs = NEED_ROOT | NEED_SWAP | NEED_FUSE | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:1493a1913e34 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S0",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.27 s",
	.counters = { { "held", true },
		      { "control_paged_out", true },
		      { "control_brought_back", true },
		      { "held_paged_out" },
		      { "moved" },
		      { "checked", true } },
	.cells = cells,
};

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);
	map_remember(control);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c)) {
		madvise(buffer->at, buffer->len, MADV_PAGEOUT);
		madvise(control->at, control->len, MADV_PAGEOUT);
		case_count(c, HELD_OUT, pagemap_count(buffer->at, buffer->len, PAGEMAP_ABSENT));
		case_count(c, CONTROL_OUT,
			   pagemap_count(control->at, control->len, PAGEMAP_ABSENT));
		if (c->cell->arg == READ_FIRST)
			map_read(buffer);
		if (!res_swap_cycle()) /* swapoff(2), and on again */
			return case_skip(c, "swapoff: %s", res_why());
		case_count(c, CONTROL_BACK,
			   pagemap_count(control->at, control->len, PAGEMAP_PRESENT));
	}
	map_touch(buffer); /* broken kernels copy here */
	case_count(c, MOVED, map_moved(buffer));
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("the held read was short");

	case_count(c, CHECKED, buffer->pages);
	if (!case_check_all(c, buffer, 2, STAMP_DEVICE) ||
	    !case_check_all(c, control, 1, STAMP_CPU))
		return CORRUPT;
	return PASS;
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
