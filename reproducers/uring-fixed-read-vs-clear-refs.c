// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-clear-refs: soft-dirty tracking must leave pins alone
 *
 * Story    Writing 4 to /proc/PID/clear_refs (what CRIU does before each
 *          pre-dump) write-protects every page of the process. If the next
 *          write fault takes a page that io_uring has pinned for shared and
 *          copies it, the program has the copy and the device fills the
 *          original. The process need not know that somebody looks at it.
 * Seen as  Old data after a successful READ_FIXED.
 * Fixed    v5.11, 9348b73c2e1b: pinned pages stay writable and soft-dirty.
 *          Broken since v5.9, 09854ba94c6a.
 * Steps    1 register  2 clear_refs  3 write fault  4 READ_FIXED  5 the buffer
 *          holds the device's data.
 * Notes    The fix is in 5.10.9 too, older than any kernel at hand: seen to
 *          fail under --inject only. A pinned page whose soft-dirty bit cannot
 *          be cleared is right: that clearing works is shown on a control.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <fcntl.h>
#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;

enum { PINNED, CONTROL_CLEARED, PINNED_CLEARED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "uring-fixed-read-vs-clear-refs",
	.summary = "READ_FIXED into a registered buffer after soft-dirty bits were cleared",
	.tags = "pin io_uring anon soft-dirty",
	.needs = NEED_IO_URING | NEED_SOFT_DIRTY,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:9348b73c2e1b linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.11",
	.threads = "S3",
	.lever = "io_uring registered buffer",
	.counters = { { "pinned", true },
		      { "control_cleared", true },
		      { "pinned_cleared" },
		      { "moved" },
		      { "checked", true } },
};

static size_t clean_pages(const struct map *map)
{
	return map->pages - pagemap_count(map->at, map->len, PAGEMAP_SOFT_DIRTY);
}

static void clear_soft_dirty(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "4", 1) != 1)
		fail("clear_refs");
	close(fd);
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2);

	map_remember(buffer);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c))
		clear_soft_dirty(); /* write-protects everything */
	case_count(c, PINNED_CLEARED, clean_pages(buffer));
	case_count(c, CONTROL_CLEARED, clean_pages(control));
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
