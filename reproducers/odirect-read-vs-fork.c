// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odirect-read-vs-fork: the parent of a fork must get the data of its own read
 *
 * Story    fork() write-protects the pages of both. A page under O_DIRECT is
 *          shared like any other if the kernel only holds a reference on it;
 *          the parent writes first, gets a copy, and the device fills the page
 *          that the child keeps (or that nobody keeps, if the child has gone).
 * Seen as  Old data after a successful read in programs that fork while I/O is
 *          in flight: test runners, databases that spawn helpers.
 * Fixed    With a pin (FOLL_PIN) fork copies the page for the child at once.
 *          FUSE, which is what holds the read here, pins since v6.9,
 *          738adade96b2; block devices since v6.5, a7e689dd1c06.
 * Steps    1 hold an O_DIRECT read  2 fork  3 the parent writes  4 let the read
 *          go  5 the parent's buffer holds the device's data.
 * Notes    Before that, open(2) NOTES documents it: "O_DIRECT I/Os should never
 *          be run concurrently with the fork(2) system call, if the memory
 *          buffer is a private mapping". A hazard there, a bug from v6.9 on.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"

#include <unistd.h>

#define PAGES 16

static struct hold *hold;

enum { HELD, CONTROL_SHARED, HELD_SHARED, CHECKED };
enum { CHILD_LIVES, CHILD_EXITS };

static const struct case_cell cells[] = {
	{ "child-lives", "the child keeps its copy of the address space", .arg = CHILD_LIVES },
	{ "child-exits", "the child is gone when the parent writes", .arg = CHILD_EXITS },
	{ 0 },
};

static const struct case_info info = {
	.name = "odirect-read-vs-fork",
	.summary = "O_DIRECT read in flight while the process forks and writes",
	.tags = "pin odirect fuse anon fork",
	.needs = NEED_FUSE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:738adade96b2 linux-git:a7e689dd1c06",
	.fixed_in = "6.9",
	.hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.9 on FUSE",
	.hazard_before = "6.9",
	.threads = "S2",
	.lever = "FUSE hold",
	.seen = "5.10.223: 20 of 20, 0.06 s; 6.1.192",
	.counters = { { "held", true },
		      { "control_shared", true },
		      { "held_shared" },
		      { "checked", true } },
	.cells = cells,
};

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	pid_t child = 0;

	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);

	hold_read(hold, buffer->at, buffer->len); /* references taken, not yet written */
	case_count(c, HELD, buffer->pages);
	if (case_disturbs(c))
		child = child_fork_idle();
	case_count(c, HELD_SHARED, map_shared(buffer));
	case_count(c, CONTROL_SHARED, map_shared(control));
	if (child && c->cell->arg == CHILD_EXITS)
		child_end(child);
	map_touch(buffer); /* broken kernels give the parent a copy here */
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("the held read was short");
	if (child && c->cell->arg == CHILD_LIVES)
		child_end(child);

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
