// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-mprotect: a protection round trip must not cost a read its data
 *
 * Story    mprotect(PROT_READ) and back leaves pages mapped read-only until they
 *          are written. A page under O_DIRECT has a reference more than its
 *          mapping; the write fault takes it for shared and copies it.
 * Seen as  Old data in a buffer whose read returned success. Garbage collectors
 *          and checkpointers protect memory this way while I/O runs.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 hold an O_DIRECT read  2 mprotect read-only and back  3 write fault
 *          4 let the read go  5 the buffer holds the device's data.
 * Notes    That the protection was really there is read from /proc/self/maps.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <sys/mman.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, PROTECTED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "odirect-read-vs-mprotect",
	.summary = "O_DIRECT read in flight while its buffer is protected and back",
	.tags = "pin odirect fuse anon mprotect",
	.needs = NEED_FUSE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.12 s",
	.counters = { { "held", true }, { "protected", true }, { "moved" }, { "checked", true } },
};

static void round_trip(struct case_ctx *c, const struct map *map)
{
	if (mprotect(map->at, map->len, PROT_READ))
		fail("mprotect read-only");
	if (!pagemap_writable(map->at))
		case_count(c, PROTECTED, map->pages);
	if (mprotect(map->at, map->len, PROT_READ | PROT_WRITE))
		fail("mprotect back");
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c)) {
		round_trip(c, buffer);
		round_trip(c, control);
	}
	map_touch(buffer); /* broken kernels copy here */
	map_touch(control);
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
