// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-fork-without-event: without EVENT_FORK a child is not tracked at all
 *
 * Story    A child of a process with a userfaultfd is registered only where the
 *          user asked for EVENT_FORK. Otherwise its page table must be copied
 *          without the write-protect bits, wherever they are: PTEs, swap
 *          entries, markers, huge PTEs; nobody would answer the child's faults.
 *          And the parent's own bits must stay.
 * Seen as  A child whose pages are write-protected for nobody (a hang or SIGBUS
 *          on some kernels, a corrupt swap entry on others); a parent whose
 *          writes after fork are not reported.
 * Fixed    v6.2, 49d6d7fb6313 (markers); hugetlb: v6.4, 5a2f8d22ace4 (6.1 has not
 *          got it: the child is stopped), and "mm/hugetlb: fix swap entry
 *          corruption when clearing uffd-wp at fork()", stable 6.1.183, 6.12.103.
 * Steps    1 write-protect  2 maybe unmap or page out  3 fork  4 the child has no
 *          write-protect bit, writes all and is not stopped  5 the parent writes
 *          a quarter  6 that quarter was reported, nothing else  7 content.
 */
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { PLAIN, OUT };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "anon4k", "of PTEs", .arg = MAP_KIND_ANON * 2 },
	{ "anon4k-swapped", "of swap entries", SWAPS, .arg = MAP_KIND_ANON * 2 + OUT },
	{ "thp", "of a PMD", NEED_THP, .arg = MAP_KIND_THP * 2 },
	{ "memfd", "of file PTEs", NEED_UFFD_SHMEM, .arg = MAP_KIND_MEMFD * 2 },
	{ "memfd-marker", "of markers", NEED_UFFD_SHMEM, .arg = MAP_KIND_MEMFD * 2 + OUT },
	{ "memfd-private-swapped", "of swap entries in a file's VMA", NEED_UFFD_SHMEM | SWAPS,
	  .arg = MAP_KIND_MEMFD_PRIVATE * 2 + OUT },
	{ "hugetlb", "of a huge PTE", NEED_HUGETLB | NEED_UFFD_HUGE, .arg = MAP_KIND_HUGETLB * 2 },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-fork-without-event",
	.summary = "fork without EVENT_FORK: the child is free, the parent is still tracked",
	.tags = "uffd-wp fork shmem hugetlb tracking",
	.needs = NEED_UFFD_WP,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:49d6d7fb6313 linux-git:5a2f8d22ace4",
	.broken_since = "5.19",
	.fixed_in = "6.4",
	.seen = "6.1.192, hugetlb: 2 of 2",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

enum { FREE, PROTECTED };

__attribute__((noreturn)) static void child(struct map *map)
{
	size_t left = pagemap_count(map->at, map->len, PAGEMAP_UFFD_WP);

	alarm(3); /* a write that waits for an answer never comes back */
	map_touch(map);
	_exit(left ? PROTECTED : FREE);
}

static size_t fork_child(struct case_ctx *c, struct map *map)
{
	pid_t pid;
	int status;

	if (c->cell->arg & OUT && map->kind == MAP_KIND_MEMFD)
		madvise(map->at, map->len, MADV_DONTNEED);
	else if (c->cell->arg & OUT)
		madvise(map->at, map->len, MADV_PAGEOUT);
	pid = fork();
	if (!pid)
		child(map);
	if (pid < 0)
		fail("fork");
	status = child_wait(pid);
	errno = 0;
	if (status == PROTECTED)
		case_ghost(c, map, 0, map->pages, "left write-protected in the child");
	else if (status == -1 - SIGALRM)
		case_ghost(c, map, 0, map->pages, "a child that nobody tracks was stopped");
	else if (status != FREE)
		fail("the child ended with %d", status);
	return map->pages;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	return track_trial(c, map, TRACK_UFFD, TRACK_AFTER, fork_child);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg / 2, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
