// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-uffd-wp-toggle: arming and disarming must leave pins alone
 *
 * Story    UFFDIO_WRITEPROTECT on and off again (a snapshot that was given up)
 *          leaves pages read-only until they are written. If that write fault
 *          takes a pinned page for shared and copies it, the program has the
 *          copy and the device fills the original.
 * Seen as  Old data after a successful READ_FIXED.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 register the buffer with io_uring  2 write-protect by userfaultfd
 *          3 lift it  4 write fault  5 READ_FIXED  6 the buffer holds the
 *          device's data.
 */
#include "case.h"
#include "fail.h"
#include "pin.h"
#include "uffd.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;

enum { PINNED, ARMED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "uring-fixed-read-vs-uffd-wp-toggle",
	.summary = "READ_FIXED into a registered buffer after uffd-wp was armed and lifted",
	.tags = "pin io_uring anon uffd-wp",
	.needs = NEED_IO_URING | NEED_UFFD_WP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.seen = "5.10.223: 20 of 20, 0.06 s",
	.counters = { { "pinned", true }, { "armed", true }, { "moved" }, { "checked", true } },
};

static void write_protect(int uffd, const struct map *map, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (unsigned long)map->at, .len = map->len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		fail("UFFDIO_WRITEPROTECT %s", on ? "on" : "off");
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2), uffd = uffd_open(UFFD_ANON);

	uffd_register(uffd, buffer->at, buffer->len);
	uffd_register(uffd, control->at, control->len);
	map_remember(buffer);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c)) {
		write_protect(uffd, buffer, true);
		write_protect(uffd, control, true);
		case_count(c, ARMED, uffd_armed(buffer->at, buffer->len));
	}
	write_protect(uffd, buffer, false);
	write_protect(uffd, control, false);
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
	close(uffd);
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
