// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-mprotect: a registered buffer must survive being protected
 *
 * Story    io_uring pins a buffer once and reads into its pages for hours.
 *          mprotect(PROT_READ) and back leaves pages read-only until they are
 *          written. If that write fault takes a pinned page for shared and
 *          copies it, the program has the copy and the device fills the
 *          original.
 * Seen as  Old data after a successful READ_FIXED. Collectors and debuggers
 *          protect memory this way.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 register  2 mprotect read-only and back  3 write fault
 *          4 READ_FIXED  5 the buffer holds the device's data.
 * Notes    That the protection was really there is read from /proc/self/maps.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;

enum { PINNED, PROTECTED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "uring-fixed-read-vs-mprotect",
	.summary = "READ_FIXED into a registered buffer that was protected and back",
	.tags = "pin io_uring anon mprotect",
	.needs = NEED_IO_URING,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.seen = "5.10.223: 20 of 20, 0.05 s",
	.counters = { { "pinned", true }, { "protected", true }, { "moved" }, { "checked", true } },
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
	int device = case_device(c, buffer, 2);

	map_remember(buffer);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c)) {
		round_trip(c, buffer);
		round_trip(c, control);
	}
	map_touch(buffer); /* broken kernels copy here */
	map_touch(control);
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
