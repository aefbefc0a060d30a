// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fallocate-undo: a fallocate() of shmem that fails must take back only what it gave
 *
 * Story    fallocate() fills the holes of a memfd or of tmpfs one page at a time.
 *          When a signal, or the lack of memory, stops it in the middle it takes
 *          its pages back. Those that were there before lie between them: it must
 *          know them, and stop at the last that is its own.
 * Seen as  Zeros in a file that nobody has truncated, after an EINTR or ENOSPC.
 * Fixed    v4.7, b9b4bb26af01: it went one byte too far and zeroed the first one
 *          of the page behind. Broken since v3.5, 1635f6a74152.
 * Steps    1 a file of pages and holes by turns  2 fallocate() of all of it, which
 *          a signal stops  3 the pages hold what they held, the holes are holes.
 * Notes    No kernel at hand is so old: seen to fail under --inject only.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pagemap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES 4096

enum { IDLE, BEGUN, DONE };
enum { SWAPPED, INTERRUPTED, TAKEN_BACK, CHECKED };

static const struct case_cell cells[] = {
	{ "resident", "the pages are in memory" },
	{ "swapped", "the pages are in swap", .needs = NEED_SWAP | NEED_PAGEOUT, .arg = true },
	{ 0 },
};

static const struct case_info info = {
	.name = "fallocate-undo",
	.summary = "fallocate() of shmem, stopped in the middle: what was there before stays",
	.tags = "shmem fallocate swap persistence",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:b9b4bb26af01 linux-git:1635f6a74152",
	.broken_since = "3.5",
	.fixed_in = "4.7",
	.lever = "SIGKILL in the middle of one call",
	.counters = { { "swapped" },
		      { "interrupted", true },
		      { "taken_back", true },
		      { "checked", true } },
	.cells = cells,
};

static struct gate *gate;

static size_t allocated(const struct map *map)
{
	struct stat st;

	if (fstat(map->fd, &st))
		fail("fstat");
	return st.st_blocks * 512 / pagemap_page_size();
}

/* Every other page becomes a hole, and the rest is in swap where that is asked for. */
static void prepare(struct case_ctx *c, struct map *map)
{
	size_t page = pagemap_page_size();

	for (size_t i = 1; i < map->pages; i += 2)
		if (fallocate(map->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, i * page, page))
			fail("FALLOC_FL_PUNCH_HOLE");
	if (!c->cell->arg)
		return;
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	case_count(c, SWAPPED, map_wait_out(map, 1000) - map->pages / 2);
}

static pid_t fork_allocator(const struct map *map)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child)
		return child;
	child_bind();
	gate_set(gate, BEGUN);
	if (fallocate(map->fd, 0, 0, map->len))
		_exit(BROKEN);
	gate_set(gate, DONE);
	_exit(PASS);
}

/* Kernels of today stop for a fatal signal only. False when it was through before. */
static bool stop_fallocate(const struct map *map, unsigned int us)
{
	pid_t child;

	gate_set(gate, IDLE);
	child = fork_allocator(map);
	if (gate_wait_change(gate, IDLE, 10) == IDLE)
		fail("the child does not begin");
	usleep(us);
	child_end(child); /* SIGKILL */
	return gate_get(gate) == BEGUN;
}

static bool try_to_stop(struct case_ctx *c, struct map *map)
{
	bool stopped = false;

	for (unsigned int us = 1600; !stopped && us >= 25; us /= 2) {
		stopped = stop_fallocate(map, us);
		if (!stopped)
			prepare(c, map); /* again */
	}
	return stopped;
}

static enum verdict check(struct case_ctx *c, struct map *map)
{
	size_t page = pagemap_page_size();

	for (size_t i = 0; i < map->pages; i += 2)
		if (!case_check(c, map, i * page, page, 1, STAMP_CPU))
			return CORRUPT;
	for (size_t i = 1; i < map->pages; i += 2)
		if (!stamp_zeros(map->at + i * page, page))
			return case_corrupt(c, "stale", "hole %zu does not read zeros", i);
	return PASS;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	prepare(c, map);
	if (case_disturbs(c) && !try_to_stop(c, map))
		return case_inconclusive(c, "fallocate was through before the signal came");
	case_count(c, INTERRUPTED, case_disturbs(c));
	case_count(c, TAKEN_BACK, case_disturbs(c) && allocated(map) == map->pages / 2);
	case_count(c, CHECKED, map->pages);
	return check(c, map);
}

static enum verdict run(struct case_ctx *c)
{
	gate = child_shared(sizeof(*gate));
	return case_trials(c, MAP_KIND_MEMFD, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
