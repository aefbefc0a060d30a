// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hugetlb-pin-vs-fork: a pinned hugetlb page must stay with its owner at fork
 *
 * Story    fork() copies a pinned page for the child at once, but the code for
 *          hugetlb is its own and did not: it shared the page. The parent's
 *          next write gets a copy, and the device fills the page that the child
 *          keeps. The copy that was added later was mapped writable into the
 *          child whatever the mapping allows.
 * Seen as  Old data after a successful READ_FIXED into huge pages; a child that
 *          can write where its memory is read-only.
 * Fixed    v5.12, 4eae4efa2c29 (copy at fork). The child's writable mapping:
 *          "mm/hugetlb: don't map folios writable without VM_WRITE when copying
 *          during fork()", sent 2024-12; not in 6.12.
 * Steps    1 register hugetlb pages  2 fork  3 the parent writes  4 READ_FIXED
 *          5 the parent holds the device's data, the child the old; a write to
 *          read-only memory in the child is refused.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pin.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static struct pin_ring *ring;
static struct gate *gate;

enum { PINNED, FORKED, MOVED, CHECKED };
enum { WRITABLE, READ_ONLY };
enum { START, DONE };

static const struct case_cell cells[] = {
	{ "writable", "the parent writes and reads on", .arg = WRITABLE },
	{ "read-only", "read-only when it is forked: the child must not be able to write",
	  .arg = READ_ONLY,
	  .hazard = "fork's copies of pinned hugetlb pages are writable: fixed upstream in early "
		    "2025, not in stable kernels up to 6.12",
	  .hazard_before = "6.14" },
	{ 0 },
};

static const struct case_info info = {
	.name = "hugetlb-pin-vs-fork",
	.summary = "READ_FIXED into a registered hugetlb buffer after the process forked",
	.tags = "pin io_uring hugetlb fork isolation",
	.needs = NEED_IO_URING | NEED_HUGETLB,
	.oracles = CASE_COHERENCE | CASE_ISOLATION,
	.refs = "linux-git:4eae4efa2c29",
	.fixed_in = "5.12",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.seen = "writable 5.10.223: 20 of 20, 0.23 s; read-only 6.1.192, 6.12.117: each run, 0.22 s",
	.counters = { { "pinned", true }, { "forked", true }, { "moved" }, { "checked", true } },
	.cells = cells,
};

/* Read-only memory: the store must not come through. */
__attribute__((noreturn)) static void store_and_die(struct map *map)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)map->at = 1;
	_exit(CORRUPT);
}

__attribute__((noreturn)) static void child(struct case_ctx *c, struct map *map)
{
	child_bind();
	if (c->cell->arg == READ_ONLY)
		store_and_die(map);
	if (!gate_wait(gate, DONE, 10))
		_exit(BROKEN);
	_exit(case_check_copy(c, map, map->at, map->len, 1, STAMP_CPU, "the child") ? PASS
										    : CORRUPT);
}

static enum verdict judge_child(struct case_ctx *c, pid_t pid)
{
	int status = child_wait(pid);

	if (c->cell->arg == WRITABLE)
		return status;
	if (status == CORRUPT)
		return case_corrupt(c, "leak",
				    "the child wrote to its read-only hugetlb page (leaked write); "
				    "round %u; seed %llu",
				    c->round, (unsigned long long)c->seed);
	if (status != -1 - SIGSEGV)
		fail("the child ended with %d and not by SIGSEGV", status);
	return PASS;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	int device = case_device(c, map, 2);
	enum verdict seen = PASS;
	pid_t pid = 0;

	gate_set(gate, START);
	map_remember(map);
	pin_register(ring, map->at, map->len); /* pinned from here on */
	case_count(c, PINNED, map->pages);
	if (case_disturbs(c)) {
		if (c->cell->arg == READ_ONLY && mprotect(map->at, map->len, PROT_READ))
			fail("mprotect read-only");
		pid = fork(); /* broken kernels share the pinned page */
		if (!pid)
			child(c, map);
		if (pid < 0)
			fail("fork");
		case_count(c, FORKED, map->pages);
		if (mprotect(map->at, map->len, PROT_READ | PROT_WRITE))
			fail("mprotect back");
	}
	map_touch(map); /* and copy for the parent here */
	case_count(c, MOVED, map_moved(map));
	if (pin_read_fixed(ring, device, map->at, map->len, 0) != (ssize_t)map->len)
		fail("READ_FIXED was short");
	gate_set(gate, DONE);
	if (pid)
		seen = judge_child(c, pid);

	case_count(c, CHECKED, map->pages);
	if (seen == PASS && !case_check_all(c, map, 2, STAMP_DEVICE))
		seen = CORRUPT;
	pin_unregister(ring);
	close(device);
	return seen;
}

static enum verdict run(struct case_ctx *c)
{
	ring = pin_ring_open();
	gate = child_shared(sizeof(*gate));
	return case_trials(c, MAP_KIND_HUGETLB, 1, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
