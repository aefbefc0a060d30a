// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * migration-vs-pin: a pinned page must not be moved, whoever wants it moved
 *
 * Story    Compaction, move_pages(), mbind() and soft offline copy a page to
 *          another frame and change the page table. A page under I/O has more
 *          references than mappings and must stay: the copy would not get what
 *          the device still brings.
 * Seen as  Old data after a successful READ_FIXED, on machines that compact
 *          memory, rebalance nodes or retire bad frames.
 * Fixed    Never broken for long: migration freezes the reference count and
 *          gives up when it is too high. v6.1, 088b8aa537c2, closed the race
 *          with gup-fast. A kernel that moves pins has regressed.
 * Steps    1 register  2 migrate  3 write fault  4 READ_FIXED  5 the buffer is
 *          in the same frames and holds the device's data.
 * Notes    The kernel rightly refuses: that migration works here is shown on a
 *          control beside it. Soft offline takes frames away for good, so it
 *          wants a disposable machine. No kernel at hand has the bug: seen to
 *          fail under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

#define PAGES 1024 /* the control's: compaction chooses for itself */
#define HELD  16

enum { PINNED, CONTROL_MOVED, PINNED_MOVED, CHECKED };
enum { COMPACT, MOVE_PAGES, MBIND, SOFT_OFFLINE };

static struct pin_ring *ring;

static const struct case_cell cells[] = {
	{ "compaction", "vm.compact_memory", .needs = NEED_ROOT, .arg = COMPACT },
	{ "move-pages", "move_pages() to the other node", .needs = NEED_TWO_NODES,
	  .arg = MOVE_PAGES },
	{ "mbind", "mbind() with MPOL_MF_MOVE to the other node", .needs = NEED_TWO_NODES,
	  .arg = MBIND },
	{ "soft-offline", "MADV_SOFT_OFFLINE of four pages", .needs = NEED_ROOT | NEED_DISPOSABLE,
	  .arg = SOFT_OFFLINE },
	{ 0 },
};

static const struct case_info info = {
	.name = "migration-vs-pin",
	.summary = "READ_FIXED into a registered buffer after an attempt to migrate it",
	.tags = "pin io_uring anon migration compaction numa",
	.needs = NEED_IO_URING | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:088b8aa537c2",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.counters = { { "pinned", true },
		      { "control_moved", true },
		      { "pinned_moved" },
		      { "checked", true } },
	.cells = cells,
};

/* Compaction fills holes at the far end: every other page is one. */
static void compact(struct map *control)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	for (size_t page = 1; page < control->pages; page += 2)
		madvise(control->at + page * STAMP_PAGE, STAMP_PAGE, MADV_DONTNEED);
	if (fd < 0 || write(fd, "1", 1) != 1)
		fail("vm.compact_memory");
	close(fd);
}

static int other_node(const void *at)
{
	int node = -1;

	if (syscall(SYS_get_mempolicy, &node, NULL, 0, (void *)at, MPOL_F_NODE | MPOL_F_ADDR))
		fail("get_mempolicy");
	return !node;
}

static void move(struct map *map)
{
	int node = other_node(map->at), nodes[HELD], status[HELD];
	void *pages[HELD];

	for (size_t i = 0; i < HELD; i++) {
		pages[i] = map->at + i * STAMP_PAGE;
		nodes[i] = node;
	}
	if (syscall(SYS_move_pages, 0, HELD, pages, nodes, status, MPOL_MF_MOVE) < 0)
		fail("move_pages");
}

static void bind_all(struct map *map)
{
	unsigned long mask = 1ul << other_node(map->at);

	if (syscall(SYS_mbind, map->at, HELD * STAMP_PAGE, MPOL_BIND, &mask, 8 * sizeof(mask),
		    MPOL_MF_MOVE) &&
	    errno != EIO) /* some pages stayed */
		fail("mbind");
}

static void migrate(struct case_ctx *c, struct map *map, bool is_control)
{
	switch (c->cell->arg) {
	case COMPACT:
		if (is_control)
			compact(map);
		break;
	case MOVE_PAGES:
		move(map);
		break;
	case MBIND:
		bind_all(map);
		break;
	case SOFT_OFFLINE:
		madvise(map->at, 4 * STAMP_PAGE, MADV_SOFT_OFFLINE);
		break;
	}
}

/* What is left of the control is what it was. */
static bool check_control(struct case_ctx *c, struct map *control)
{
	for (size_t page = 0; page < control->pages; page += 2)
		if (!case_check(c, control, page * STAMP_PAGE, STAMP_PAGE, 1, STAMP_CPU))
			return false;
	return true;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t len = HELD * STAMP_PAGE;
	int device = case_device(c, map, 2);

	pin_register(ring, map->at, len); /* pinned from here on */
	map_remember(map);
	map_remember(control);
	case_count(c, PINNED, HELD);
	if (case_disturbs(c)) {
		migrate(c, map, false);
		migrate(c, control, true);
	}
	map_touch(map);
	case_count(c, CONTROL_MOVED, map_moved(control));
	for (size_t i = 0; i < HELD; i++)
		case_count(c, PINNED_MOVED,
			   pagemap_of(map->at + i * STAMP_PAGE).pfn != map->frames[i]);
	if (pin_read_fixed(ring, device, map->at, len, 0) != (ssize_t)len)
		fail("READ_FIXED was short");
	pin_unregister(ring);
	close(device);

	case_count(c, CHECKED, map->pages);
	return case_check(c, map, 0, len, 2, STAMP_DEVICE) &&
			       case_check(c, map, len, map->len - len, 1, STAMP_CPU) &&
			       check_control(c, control)
		       ? PASS
		       : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	ring = pin_ring_open();
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
