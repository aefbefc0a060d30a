// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-clear-refs: soft-dirty tracking must not cost a read its data
 *
 * Story    Writing 4 to /proc/PID/clear_refs (what CRIU does before each
 *          pre-dump) write-protects every page of the process. A page under
 *          O_DIRECT has a reference more than its mapping; the next write fault
 *          takes it for shared and copies it. No fork, no swap, and the process
 *          need not even know that somebody looks at it.
 * Seen as  Old data in a buffer whose read returned success.
 * Fixed    For pinned pages v5.11, 9348b73c2e1b; for plain references, which is
 *          what O_DIRECT has here, v5.19, 6c287605fd56 (PG_anon_exclusive).
 *          Broken since v5.9, 09854ba94c6a.
 * Steps    1 hold an O_DIRECT read  2 clear_refs  3 write fault  4 let the read
 *          go  5 the buffer holds the device's data.
 * Notes    Later kernels leave pinned pages soft-dirty and writable: that
 *          clear_refs works is shown on a control beside the buffer.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <fcntl.h>
#include <unistd.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, CONTROL_CLEARED, HELD_CLEARED, CHECKED };

static const struct case_info info = {
	.name = "odirect-read-vs-clear-refs",
	.summary = "O_DIRECT read in flight while soft-dirty bits are cleared",
	.tags = "pin odirect fuse anon soft-dirty",
	.needs = NEED_FUSE | NEED_SOFT_DIRTY,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:9348b73c2e1b linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S3",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.14 s",
	.counters = { { "held", true },
		      { "control_cleared", true },
		      { "held_cleared" },
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
	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c))
		clear_soft_dirty(); /* write-protects everything */
	case_count(c, HELD_CLEARED, clean_pages(buffer));
	case_count(c, CONTROL_CLEARED, clean_pages(control));
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
