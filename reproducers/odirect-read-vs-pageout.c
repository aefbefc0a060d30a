// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-pageout: an O_DIRECT read must survive reclaim of its buffer
 *
 * Story    An O_DIRECT read holds plain references (FOLL_GET) on its pages.
 *          Reclaim unmaps them into the swap cache all the same. The next read
 *          fault maps them again, read-only; the write fault after it sees a
 *          page with more than one reference, takes it for shared, and copies.
 *          The program has the copy, the device fills the original.
 * Seen as  Old data in a buffer whose read returned success. No fork involved.
 * Fixed    v5.19, 1493a1913e34: the swap PTE remembers PG_anon_exclusive.
 *          Broken since v5.9, 09854ba94c6a (copy whenever page_count() > 1).
 * Steps    1 hold an O_DIRECT read  2 page the buffer out  3 read fault
 *          4 write fault  5 let the read go  6 the buffer holds the device's data.
 * Notes    Kernels that pin (FOLL_PIN) do not unmap the held pages at all: that
 *          MADV_PAGEOUT works here is shown on a control beside the buffer.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <sys/mman.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, CONTROL_OUT, HELD_OUT, CHECKED };

static const struct case_info info = {
	.name = "odirect-read-vs-pageout",
	.summary = "O_DIRECT read in flight while its buffer is paged out and touched",
	.tags = "pin odirect fuse anon swap reclaim",
	.needs = NEED_SWAP | NEED_FUSE | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:1493a1913e34 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S0 S2",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.08 s",
	.counters = { { "held", true },
		      { "control_paged_out", true },
		      { "held_paged_out" },
		      { "checked", true } },
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
	}
	case_count(c, HELD_OUT, pagemap_count(buffer->at, buffer->len, PAGEMAP_ABSENT));
	case_count(c, CONTROL_OUT, pagemap_count(control->at, control->len, PAGEMAP_ABSENT));
	map_read(buffer);  /* mapped again, read-only */
	map_touch(buffer); /* broken kernels copy here */
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
