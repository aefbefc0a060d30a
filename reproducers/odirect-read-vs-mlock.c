// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-mlock: an O_DIRECT read must survive its buffer being locked
 *
 * Story    An O_DIRECT read holds plain references (FOLL_GET) on its pages.
 *          Reclaim unmaps them into the swap cache all the same, and mlock()
 *          brings them back: read-only, if the buffer is read-only at that
 *          time. The next write fault sees a page with more than one reference,
 *          takes it for shared, and copies. The device fills the original.
 * Seen as  Old data in a buffer whose read returned success, in databases that
 *          lock their buffers to be safe from paging.
 * Fixed    v5.19, 1493a1913e34: the swap PTE remembers PG_anon_exclusive.
 *          Broken since v5.9, 09854ba94c6a (copy whenever page_count() > 1).
 * Steps    1 hold an O_DIRECT read  2 page the buffer out  3 mlock and munlock
 *          4 write fault  5 let the read go  6 the buffer holds the device's data.
 * Notes    mlock() of writable memory faults for writing: then the page is
 *          reused at once even by a broken kernel, if nothing else shares it.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <sys/mman.h>

#define PAGES 4 /* RLIMIT_MEMLOCK is 64 KiB for most users */

static struct hold *hold;

enum { HELD, CONTROL_OUT, CONTROL_LOCKED, HELD_OUT, MOVED, CHECKED };
enum { WRITABLE, READ_ONLY };

static const struct case_cell cells[] = {
	{ "writable", "locked as it is: a write fault brings it back", .arg = WRITABLE },
	{ "read-only", "read-only while it is locked: a read fault brings it back",
	  .arg = READ_ONLY },
	{ 0 },
};

static const struct case_info info = {
	.name = "odirect-read-vs-mlock",
	.summary = "O_DIRECT read in flight while its paged-out buffer comes back by mlock",
	.tags = "pin odirect fuse anon swap mlock",
	.needs = NEED_SWAP | NEED_FUSE | NEED_PAGEOUT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:1493a1913e34 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S0",
	.lever = "FUSE hold",
	.seen = "5.10.223, read-only: 20 of 20, 0.20 s",
	.counters = { { "held", true },
		      { "control_paged_out", true },
		      { "control_locked", true },
		      { "held_paged_out" },
		      { "moved" },
		      { "checked", true } },
	.cells = cells,
};

static void lock_there_and_back(struct case_ctx *c, const struct map *map)
{
	if (c->cell->arg == READ_ONLY && mprotect(map->at, map->len, PROT_READ))
		fail("mprotect read-only");
	if (mlock(map->at, map->len) || munlock(map->at, map->len))
		fail("mlock of %zu KiB", map->len >> 10);
	if (mprotect(map->at, map->len, PROT_READ | PROT_WRITE))
		fail("mprotect back");
}

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
	if (case_disturbs(c)) {
		lock_there_and_back(c, buffer);
		lock_there_and_back(c, control);
		case_count(c, CONTROL_LOCKED,
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
