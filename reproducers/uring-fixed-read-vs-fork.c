// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-read-vs-fork: the parent of a fork must keep its registered buffer
 *
 * Story    fork() write-protects the pages of both. If it shares a page that
 *          io_uring has pinned, the parent's next write gets a copy and the
 *          device fills the page that the child keeps (or that nobody keeps, if
 *          the child has gone). fork must copy a pinned page for the child.
 * Seen as  Old data after a successful READ_FIXED, and the device's data in the
 *          child, in programs that spawn helpers.
 * Fixed    v5.9, 70e806e4e645: pinned pages are copied at fork, which
 *          09854ba94c6a of the same version made necessary.
 * Steps    1 register  2 fork  3 the parent writes  4 READ_FIXED  5 the parent
 *          holds the device's data, the child what was there at the fork.
 * Notes    Fixed before any kernel at hand: seen to fail under --inject only.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <unistd.h>

#define PAGES 16

static struct pin_ring *ring;
static struct gate *gate;

enum { PINNED, CONTROL_SHARED, PINNED_SHARED, MOVED, CHECKED };
enum { CHILD_LIVES, CHILD_EXITS };
enum { FORKED, READ };

static const struct case_cell cells[] = {
	{ "child-lives", "the child looks at its own copy afterwards", .arg = CHILD_LIVES },
	{ "child-exits", "the child is gone when the parent writes", .arg = CHILD_EXITS },
	{ 0 },
};

static const struct case_info info = {
	.name = "uring-fixed-read-vs-fork",
	.summary = "READ_FIXED into a registered buffer after the process forked",
	.tags = "pin io_uring anon fork isolation",
	.needs = NEED_IO_URING,
	.oracles = CASE_COHERENCE | CASE_ISOLATION,
	.refs = "linux-git:70e806e4e645 linux-git:09854ba94c6a",
	.fixed_in = "5.9",
	.threads = "S2",
	.lever = "io_uring registered buffer",
	.counters = { { "pinned", true },
		      { "control_shared", true },
		      { "pinned_shared" },
		      { "moved" },
		      { "checked", true } },
	.cells = cells,
};

/* The child must see neither the device's data nor anything else of later. */
static pid_t fork_reader(struct case_ctx *c, struct map *buffer)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child)
		return child;
	child_bind();
	if (!gate_wait(gate, READ, 10))
		_exit(BROKEN);
	_exit(case_check_copy(c, buffer, buffer->at, buffer->len, 1, STAMP_CPU, "the child")
		      ? PASS
		      : CORRUPT);
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	int device = case_device(c, buffer, 2);
	enum verdict seen = PASS;
	pid_t child = 0;

	gate_set(gate, FORKED);
	map_remember(buffer);
	pin_register(ring, buffer->at, buffer->len); /* pinned from here on */
	case_count(c, PINNED, buffer->pages);
	if (case_disturbs(c))
		child = fork_reader(c, buffer);
	case_count(c, PINNED_SHARED, map_shared(buffer));
	case_count(c, CONTROL_SHARED, map_shared(control));
	if (child && c->cell->arg == CHILD_EXITS)
		child_end(child);
	map_touch(buffer); /* broken kernels give the parent a copy here */
	case_count(c, MOVED, map_moved(buffer));
	if (pin_read_fixed(ring, device, buffer->at, buffer->len, 0) != (ssize_t)buffer->len)
		fail("READ_FIXED was short");
	gate_set(gate, READ);
	if (child && c->cell->arg == CHILD_LIVES)
		seen = child_wait(child);
	if (seen != PASS)
		return seen;

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
	gate = child_shared(sizeof(*gate));
	verdict = case_trials(c, MAP_KIND_ANON, PAGES, trial);
	pin_ring_close(ring);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
