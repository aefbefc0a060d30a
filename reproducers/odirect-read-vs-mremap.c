// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-mremap: an O_DIRECT read must survive its buffer being moved
 *
 * Story    mremap() moves page tables; the pages stay, and so do the references
 *          (FOLL_GET) that an O_DIRECT read holds on them. If the next write
 *          fault takes a moved page for shared and copies it, the program has
 *          the copy and the device fills the original.
 * Seen as  Old data in a buffer whose read returned success. realloc() of a big
 *          buffer is an mremap(); collectors protect what they move.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 hold an O_DIRECT read  2 mremap to another place  3 write fault
 *          4 let the read go  5 the moved buffer holds the device's data.
 * Notes    mremap alone keeps the PTEs writable, so on 5.10 nothing faults and
 *          nothing is lost; a buffer that is read-only while it moves is copied.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"

#include <sys/mman.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, MOVED_VMA, MOVED_FRAME, CHECKED };
enum { PLAIN, PROTECTED };

static const struct case_cell cells[] = {
	{ "plain", "moved as it is", .arg = PLAIN },
	{ "protected", "read-only while it moves", .arg = PROTECTED },
	{ 0 },
};

static const struct case_info info = {
	.name = "odirect-read-vs-mremap",
	.summary = "O_DIRECT read in flight while its buffer is moved by mremap",
	.tags = "pin odirect fuse anon mremap mprotect",
	.needs = NEED_FUSE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "FUSE hold",
	.seen = "5.10.223, protected: 20 of 20, 0.08 s",
	.counters = { { "held", true },
		      { "moved", true },
		      { "frame_changed" },
		      { "checked", true } },
	.cells = cells,
};

/* The buffer is at another place from here on; map_free() gives both back. */
static void move_away(struct case_ctx *c, struct map *map)
{
	void *place = mmap(NULL, map->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c->cell->arg == PROTECTED && mprotect(map->at, map->len, PROT_READ))
		fail("mprotect read-only");
	if (mremap(map->at, map->len, map->len, MREMAP_MAYMOVE | MREMAP_FIXED, place) != place)
		fail("mremap");
	if (mprotect(place, map->len, PROT_READ | PROT_WRITE))
		fail("mprotect back");
	map->at = place;
	case_count(c, MOVED_VMA, map->pages);
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	bool good;

	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c)) {
		move_away(c, buffer);
		move_away(c, control);
	}
	map_touch(buffer); /* broken kernels copy here */
	map_touch(control);
	case_count(c, MOVED_FRAME, map_moved(buffer));
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("the held read was short");

	case_count(c, CHECKED, buffer->pages);
	good = case_check_all(c, buffer, 2, STAMP_DEVICE) &&
	       case_check_all(c, control, 1, STAMP_CPU);
	if (case_disturbs(c)) {
		munmap(buffer->at, buffer->len);
		munmap(control->at, control->len);
	}
	return good ? PASS : CORRUPT;
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
