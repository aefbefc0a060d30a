// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ro-longterm-pin-unshare: a read-only pin must follow its owner's later writes
 *
 * Story    After fork a page is shared. A device that only reads memory (an
 *          O_DIRECT write, a long-term pin for sending) takes it as it is. Then
 *          its owner writes, gets a copy, and the device goes on reading the
 *          page of the others: what is sent is old. A read-only pin must first
 *          make the page its owner's alone (unshare it).
 * Seen as  A file or a peer that gets old bytes, long after they were changed.
 * Fixed    v5.19, a7f226604170 with c89357e27f20: a pin (FOLL_PIN) of a shared
 *          anonymous page faults for unsharing; zero page and private file
 *          pages, for long-term pins, v6.2, 84209e87c696.
 * Steps    1 fork  2 pin read-only  3 the owner writes  4 the device reads what
 *          the owner wrote.
 * Notes    O_DIRECT on FUSE pins since 6.9; before it takes plain references,
 *          which were "never really reliable" (cover letter of 5.19's series):
 *          a hazard. Long-term read-only pins need CONFIG_GUP_TEST (6.2), which
 *          no kernel at hand has: those cells were only compiled.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGES 16

enum { SHARED, PINNED, MOVED, CHECKED };
enum { ODIRECT, GUP_TEST, GUP_TEST_ZERO };

static struct hold *hold;

static const struct case_cell cells[] = {
	{ "odirect-write", "an O_DIRECT write in flight", .needs = NEED_FUSE, .arg = ODIRECT,
	  .hazard = "references of O_DIRECT are not reliable after fork, before 6.9 on FUSE",
	  .hazard_before = "6.9" },
	{ "longterm-shared", "a long-term read-only pin (gup_test)", .needs = NEED_ROOT,
	  .arg = GUP_TEST },
	{ "longterm-zero", "the same, of the zero page", .needs = NEED_ROOT | NEED_ZERO_PAGE,
	  .arg = GUP_TEST_ZERO },
	{ 0 },
};

static const struct case_info info = {
	.name = "ro-longterm-pin-unshare",
	.summary = "a read-only pin of shared pages must see what their owner writes later",
	.tags = "pin odirect fuse gup-test anon fork",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:a7f226604170 linux-git:c89357e27f20 linux-git:84209e87c696",
	.fixed_in = "6.2",
	.threads = "S2",
	.lever = "FUSE hold; gup_test",
	.seen = "5.10.223, odirect-write: 20 of 20, 0.08 s; 6.1.192",
	.counters = { { "shared", true }, { "pinned", true }, { "moved" }, { "checked", true } },
	.cells = cells,
};

/* mm/gup_test.h of 6.2 and later; no distribution installs it. */
struct pin_longterm_test {
	uint64_t addr, size;
	uint32_t flags; /* 0: read-only, not fast */
};
#define PIN_LONGTERM_TEST_START _IOW('g', 7, struct pin_longterm_test)
#define PIN_LONGTERM_TEST_STOP	_IO('g', 8)
#define PIN_LONGTERM_TEST_READ	_IOW('g', 9, uint64_t)

/* The owner writes generation 2 between the pin and the device's look, which goes to COPY. */
static void pinned_by_odirect(struct case_ctx *c, struct map *map, void *copy)
{
	hold_write(hold, map->at, map->len);
	case_count(c, PINNED, map->pages);
	map_stamp(map, 2, STAMP_CPU); /* broken kernels give the owner a copy here */
	if (hold_release(hold) != (ssize_t)map->len)
		fail("the held write was short");
	memcpy(copy, hold_device(hold), map->len);
}

static void pinned_by_gup_test(struct case_ctx *c, struct map *map, void *copy, int fd)
{
	struct pin_longterm_test pin = { .addr = (uintptr_t)map->at, .size = map->len };
	uint64_t to = (uintptr_t)copy;

	if (ioctl(fd, PIN_LONGTERM_TEST_START, &pin))
		fail("PIN_LONGTERM_TEST_START");
	case_count(c, PINNED, map->pages);
	map_stamp(map, 2, STAMP_CPU); /* broken kernels give the owner a copy here */
	if (ioctl(fd, PIN_LONGTERM_TEST_READ, &to) || ioctl(fd, PIN_LONGTERM_TEST_STOP))
		fail("PIN_LONGTERM_TEST_READ");
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	int fd = c->cell->arg == ODIRECT ? -1 : open("/sys/kernel/debug/gup_test", O_RDWR);
	pid_t child = 0;
	void *copy;
	bool good;

	if (c->cell->arg != ODIRECT && fd < 0)
		return case_skip(c,
				 "gup_test: no /sys/kernel/debug/gup_test: %s; use a kernel from "
				 "6.2 on with CONFIG_GUP_TEST and mount debugfs",
				 strerror(errno));
	copy = aligned_alloc(STAMP_PAGE, map->len);
	if (case_disturbs(c)) {
		child = child_fork_idle();
		case_count(c, SHARED, map_shared(map));
	}
	map_remember(map);
	if (fd < 0)
		pinned_by_odirect(c, map, copy);
	else
		pinned_by_gup_test(c, map, copy, fd);
	case_count(c, MOVED, map_moved(map));
	case_count(c, CHECKED, map->pages);
	good = case_check_copy(c, map, copy, map->len, 2, STAMP_CPU, "the device");
	if (child)
		child_end(child);
	if (fd >= 0)
		close(fd);
	free(copy);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	if (c->cell->arg == ODIRECT)
		hold = hold_open();
	return case_trials(c, c->cell->arg == GUP_TEST_ZERO ? MAP_KIND_ZERO : MAP_KIND_ANON, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
