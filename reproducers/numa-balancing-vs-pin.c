// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * numa-balancing-vs-pin: NUMA hinting must leave pages under I/O alone
 *
 * Story    Automatic NUMA balancing takes the access rights of pages away now
 *          and then, to see who faults, and moves them there. A page under I/O
 *          cannot move; on the way back its PTE can end up read-only, and the
 *          next write fault takes it for shared and copies it.
 * Seen as  Old data in O_DIRECT reads on machines with several nodes (bugzilla
 *          215616).
 * Fixed    v5.17, 80d47f5de5e3: pages with other users are left alone; for good
 *          v5.19, 6c287605fd56: no copy of exclusive pages. Broken since v5.9,
 *          09854ba94c6a.
 * Steps    1 memory on the other node  2 hold an O_DIRECT read  3 wait until the
 *          kernel has hinted it  4 write  5 the read is complete  6 the buffer
 *          holds the device's data.
 * Notes    Two nodes needed; the scan period is set to its minimum, and a
 *          control beside the buffer shows that pages are hinted and moved.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "res.h"
#include "vmstat.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGES  16
#define AROUND (16u << 20) /* the scanner wants something to scan */

static struct hold *hold;

enum { HELD, HINTED, CONTROL_MOVED, MOVED, CHECKED };

static const struct case_info info = {
	.name = "numa-balancing-vs-pin",
	.summary = "O_DIRECT read in flight while automatic NUMA balancing works on its buffer",
	.tags = "pin odirect fuse anon numa migration",
	.needs = NEED_FUSE | NEED_TWO_NODES | NEED_ROOT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:80d47f5de5e3 linux-git:6c287605fd56 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.17",
	.threads = "S2",
	.lever = "FUSE hold, scan period at its minimum",
	.seconds = 20,
	.rounds = 2,
	.counters = { { "held", true },
		      { "hinted", true },
		      { "control_moved", true },
		      { "moved" },
		      { "checked", true } },
};

/* The knobs moved from sysctl to debugfs in 5.13. */
static bool balance(void)
{
	static const char *const knobs[][2] = {
		{ "/sys/kernel/debug/sched/numa_balancing/scan_period_min_ms", "10" },
		{ "/sys/kernel/debug/sched/numa_balancing/scan_delay_ms", "10" },
		{ "/proc/sys/kernel/numa_balancing_scan_period_min_ms", "10" },
		{ "/proc/sys/kernel/numa_balancing_scan_delay_ms", "10" },
	};

	for (int i = 0; i < 4; i++)
		res_write(knobs[i][0], knobs[i][1]);
	return res_write("/proc/sys/kernel/numa_balancing", "1");
}

/* To the node that we do not run on; hinting then wants it back here. */
static void send_away(struct map *map)
{
	void *page;
	unsigned int cpu, here;
	int there, status;

	if (getcpu(&cpu, &here))
		fail("getcpu");
	there = !here;
	for (size_t at = 0; at < map->len; at += STAMP_PAGE) {
		page = map->at + at;
		if (syscall(SYS_move_pages, 0, 1, &page, &there, &status, MPOL_MF_MOVE) < 0)
			fail("move_pages");
	}
}

/* Works, for the scanner runs on our time, until the control has come to us. */
static void wait_for_hinting(struct case_ctx *c, struct map *map, struct map *control)
{
	unsigned long before = vmstat("numa_pte_updates");
	volatile char *around =
		mmap(NULL, AROUND, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + 5;

	while (map_moved(control) < control->pages && time(NULL) < end) {
		for (size_t at = 0; at < AROUND; at += STAMP_PAGE)
			around[at]++;
		map_touch(control);
		map_touch(map); /* hinting faults, and broken kernels copy here */
	}
	case_count(c, HINTED, vmstat("numa_pte_updates") - before);
	munmap((void *)around, AROUND);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	stamp_fill(&map->stamp, hold_device(hold), 0, map->len, 2, STAMP_DEVICE);
	send_away(map);
	send_away(control);
	map_remember(map);
	map_remember(control);

	hold_read(hold, map->at, map->len); /* references taken, not yet written */
	case_count(c, HELD, map->pages);
	if (case_disturbs(c))
		wait_for_hinting(c, map, control);
	case_count(c, CONTROL_MOVED, map_moved(control));
	case_count(c, MOVED, map_moved(map));
	if (hold_release(hold) != (ssize_t)map->len)
		fail("the held read was short");

	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 2, STAMP_DEVICE) || !case_check_all(c, control, 1, STAMP_CPU))
		return CORRUPT;
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	if (!balance())
		return case_skip(c, "numa balancing: %s; use a kernel with CONFIG_NUMA_BALANCING",
				 res_why());
	hold = hold_open();
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
