// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-mremap: a registered buffer must survive being moved
 *
 * Story    io_uring pins a buffer once and reads into its pages for hours.
 *          mremap() moves the page tables; the pages stay pinned. If the next
 *          write fault takes a moved page for shared and copies it, the program
 *          has the copy and the device fills the original.
 * Seen as  Old data after a successful READ_FIXED. realloc() of a big buffer is
 *          an mremap(); collectors protect what they move.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 register  2 mremap away and back  3 write fault  4 READ_FIXED
 *          5 the buffer holds the device's data.
 * Notes    mremap alone keeps the PTEs writable, so on 5.10 nothing faults and
 *          nothing is lost; a buffer that is read-only while it moves is copied.
 */
#include "case.h"
#include "fail.h"
#include "pin.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;

enum { PINNED, MOVED_VMA, MOVED_FRAME, CHECKED };
enum { PLAIN, PROTECTED };

static const struct case_cell cells[] = {
	{ "plain", "moved as it is", .arg = PLAIN },
	{ "protected", "read-only while it moves", .arg = PROTECTED },
	{ 0 },
};

static const struct case_info info = {
	.name = "uring-fixed-read-vs-mremap",
	.summary = "READ_FIXED into a registered buffer that was moved by mremap",
	.tags = "pin io_uring anon mremap mprotect",
	.needs = NEED_IO_URING,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.seen = "5.10.223, protected: 20 of 20, 0.05 s",
	.counters = { { "pinned", true },
		      { "moved", true },
		      { "frame_changed" },
		      { "checked", true } },
	.cells = cells,
};

/* Away, and back to where io_uring knows the buffer. */
static void move_there_and_back(struct case_ctx *c, struct map *map)
{
	void *place = mmap(NULL, map->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (c->cell->arg == PROTECTED && mprotect(map->at, map->len, PROT_READ))
		fail("mprotect read-only");
	if (mremap(map->at, map->len, map->len, flags, place) != place)
		fail("mremap away");
	if (mremap(place, map->len, map->len, flags, map->at) != map->at)
		fail("mremap back");
	if (mprotect(map->at, map->len, PROT_READ | PROT_WRITE))
		fail("mprotect back");
	case_count(c, MOVED_VMA, map->pages);
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2);

	map_remember(buffer);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c)) {
		move_there_and_back(c, buffer);
		move_there_and_back(c, control);
	}
	map_touch(buffer); /* broken kernels copy here */
	map_touch(control);
	case_count(c, MOVED_FRAME, map_moved(buffer));
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
