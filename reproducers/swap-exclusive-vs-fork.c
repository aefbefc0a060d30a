// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swap-exclusive-vs-fork: fork must make a swapped-out exclusive page shared
 *
 * Story    The swap PTE of a page that one process owns alone remembers so
 *          (PG_anon_exclusive in the swap PTE). fork() copies the swap PTE: now
 *          two processes own it, and both entries must lose the mark. If one
 *          keeps it, swap-in maps the page writable for that process, in place,
 *          while the other still looks at the same page.
 * Seen as  A child that reads what its parent wrote after the fork, or a parent
 *          that reads what the child wrote.
 * Fixed    The mark came with v5.19, 1493a1913e34, whose copy_nonpresent_pte()
 *          clears it at fork. A kernel that does not has regressed.
 * Steps    1 page out  2 fork  3 one side swaps in and writes  4 the other side
 *          reads what was there at the fork.
 * Notes    No kernel at hand is without the clearing: seen to fail under
 *          --inject only. vmsplice-cow-leak.swapped is the neighbour that 5.10
 *          fails.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16

enum { SWAPPED, WRITTEN, CHECKED };
enum { START, READY, DONE };
enum { PARENT_WRITES, PARENT_READS_FIRST, CHILD_WRITES, SWAPOFF, IN_SWAPCACHE };

static struct gate *gate;

static const struct case_cell cells[] = {
	{ "parent-writes", "a write fault of the parent swaps in", .arg = PARENT_WRITES },
	{ "parent-reads", "the parent reads and then writes", .arg = PARENT_READS_FIRST },
	{ "child-writes", "the child writes, the parent reads", .arg = CHILD_WRITES },
	{ "swapcache", "forked while the pages are still in the swap cache", .arg = IN_SWAPCACHE },
	{ "swapoff", "swapoff brings them back for both", .needs = NEED_ROOT, .arg = SWAPOFF },
	{ "thp", "a huge page, swapped out", .needs = NEED_THP, .arg = PARENT_WRITES },
	{ 0 },
};

static const struct case_info info = {
	.name = "swap-exclusive-vs-fork",
	.summary = "fork of exclusive pages that are swapped out must share, not alias, them",
	.tags = "anon thp swap fork isolation",
	.needs = NEED_SWAP | NEED_PAGEOUT,
	.oracles = CASE_ISOLATION,
	.refs = "linux-git:1493a1913e34",
	.fixed_in = "5.19",
	.threads = "S0",
	.lever = "page out, then fork",
	.seen = "seeded (fork: exclusive swap entry shared) kernel BUG; (swapin: always "
		"exclusive) kernel BUG; (swapoff: always exclusive) swapoff 0.5 s",
	.counters = { { "swapped", true }, { "written", true }, { "checked", true } },
	.cells = cells,
};

static void write_all(struct case_ctx *c, struct map *map, enum stamp_writer writer)
{
	if (!case_disturbs(c))
		return;
	map_stamp(map, 2, writer); /* swap-in: broken kernels map the shared page writable */
	case_count(c, WRITTEN, map->pages);
}

static bool sees_the_fork(struct case_ctx *c, struct map *map, const char *who)
{
	case_count(c, CHECKED, map->pages);
	return case_check_copy(c, map, map->at, map->len, 1, STAMP_CPU, who);
}

__attribute__((noreturn)) static void child(struct case_ctx *c, struct map *map)
{
	child_bind();
	if (c->cell->arg == CHILD_WRITES) {
		map_read(map);
		write_all(c, map, STAMP_CHILD);
		gate_set(gate, READY);
		if (!gate_wait(gate, DONE, 10)) /* still mapped while the parent reads */
			_exit(BROKEN);
		_exit(PASS);
	}
	gate_set(gate, READY);
	if (!gate_wait(gate, DONE, 10))
		_exit(BROKEN);
	_exit(sees_the_fork(c, map, "the child") ? PASS : CORRUPT);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	pid_t pid;

	gate_set(gate, START);
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	if (c->cell->arg != IN_SWAPCACHE)
		map_wait_out(map, 1000);
	case_count(c, SWAPPED, pagemap_count(map->at, map->len, PAGEMAP_SWAPPED));
	pid = fork(); /* both have the swap entries now */
	if (!pid)
		child(c, map);
	if (pid < 0 || !gate_wait(gate, READY, 10))
		fail("the child did not start");
	if (c->cell->arg == SWAPOFF && !res_swap_cycle())
		return case_skip(c, "swapoff: %s", res_why());
	if (c->cell->arg == PARENT_READS_FIRST)
		map_read(map);
	if (c->cell->arg != CHILD_WRITES)
		write_all(c, map, STAMP_CPU);
	else if (!sees_the_fork(c, map, "the parent"))
		return CORRUPT;
	gate_set(gate, DONE);
	return child_wait(pid);
}

static enum verdict run(struct case_ctx *c)
{
	gate = child_shared(sizeof(*gate));
	return case_trials(c, c->cell->needs & NEED_THP ? MAP_KIND_THP : MAP_KIND_ANON, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
