// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-uffd-wp-toggle: arming and disarming must not cost a read its data
 *
 * Story    UFFDIO_WRITEPROTECT on and off again (a snapshot that was given up)
 *          leaves pages read-only until they are written. A page under O_DIRECT
 *          has a reference more than its mapping; that write fault takes it for
 *          shared and copies it, and the device fills the original.
 * Seen as  Old data in a buffer whose read returned success, in programs that
 *          are snapshotted by userfaultfd while they do I/O.
 * Fixed    v5.19, 6c287605fd56: exclusive anonymous pages (PG_anon_exclusive)
 *          are reused whatever their reference count. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 hold an O_DIRECT read  2 write-protect by userfaultfd  3 lift it
 *          4 write fault  5 let the read go  6 the buffer holds the device's data.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "uffd.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, ARMED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "odirect-read-vs-uffd-wp-toggle",
	.summary = "O_DIRECT read in flight while uffd-wp is armed and lifted",
	.tags = "pin odirect fuse anon uffd-wp",
	.needs = NEED_FUSE | NEED_UFFD_WP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S2",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.07 s",
	.counters = { { "held", true }, { "armed", true }, { "moved" }, { "checked", true } },
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
	int uffd = uffd_open(UFFD_ANON);

	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	uffd_register(uffd, buffer->at, buffer->len);
	uffd_register(uffd, control->at, control->len);
	map_remember(buffer);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
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
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("the held read was short");
	close(uffd);

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
