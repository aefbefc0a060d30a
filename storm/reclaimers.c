// SPDX-License-Identifier: GPL-2.0-or-later
/* Who makes the kernel reclaim pages, or bring all of them back. */
#include "damon.h"
#include "fail.h"
#include "knob.h"
#include "memcg.h"
#include "pagemap.h"
#include "res.h"
#include "roles.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_PAGES 64

#ifndef SYS_process_madvise
#define SYS_process_madvise 440 /* 5.10 */
#endif

static bool page_out(struct racer *a)
{
	struct storm_range range;

	if (!storm_range(a, &range, MOST_PAGES))
		return false;
	madvise(range.at, range.len, MADV_PAGEOUT);
	a->disturbed += range.len / pagemap_page_size();
	return true;
}

const struct role role_pager_out = {
	.name = "pager-out",
	.summary = "MADV_PAGEOUT of some pages",
	.needs = NEED_SWAP | NEED_PAGEOUT,
	.kinds = ROLE_ANY,
	.step = page_out,
	.disturbs = true,
};

static void open_pidfd(struct racer *a)
{
	int *fd = a->own = storm_memory(a, sizeof(*fd));

	*fd = syscall(SYS_pidfd_open, getpid(), 0);
	if (*fd < 0)
		fail("pidfd_open");
}

static void close_pidfd(struct racer *a)
{
	close(*(int *)a->own);
}

static bool page_out_remotely(struct racer *a)
{
	struct storm_range range;
	struct iovec vec;

	if (!storm_range(a, &range, MOST_PAGES))
		return false;
	vec = (struct iovec){ range.at, range.len };
	syscall(SYS_process_madvise, *(int *)a->own, &vec, 1ul, MADV_PAGEOUT, 0);
	a->disturbed += range.len / pagemap_page_size();
	return true;
}

const struct role role_remote_pager = {
	.name = "remote-pager",
	.summary = "process_madvise(MADV_PAGEOUT) of some pages",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_REMOTE_ADVICE,
	.kinds = ROLE_ANY,
	.open = open_pidfd,
	.step = page_out_remotely,
	.close = close_pidfd,
	.disturbs = true,
};

static void enter_memcg(struct racer *a)
{
	memcg_enter();
}

static bool reclaim_memcg(struct racer *a)
{
	memcg_reclaim();
	a->disturbed++;
	return true;
}

const struct role role_memcg_reclaimer = {
	.name = "memcg-reclaimer",
	.summary = "tells the memory cgroup of the storm to reclaim what it can",
	.needs = NEED_SWAP | NEED_MEMCG,
	.kinds = ROLE_ANY,
	.open = enter_memcg,
	.step = reclaim_memcg,
	.rest_us = 500,
	.disturbs = true,
};

static bool cycle_swap(struct racer *a)
{
	if (!res_swap_cycle())
		return false; /* no swap of ours, or no memory for what is in it */
	a->disturbed++;
	return true;
}

const struct role role_swapoff = {
	.name = "swapoff",
	.summary = "swapoff and swapon: all comes back, and goes again",
	.needs = NEED_SWAP | NEED_ROOT,
	.kinds = ROLE_ANY,
	.step = cycle_swap,
	.rest_us = 10000,
	.disturbs = true,
};

#define EATEN (8u << 20)

/* Swap slots and swap cache that turn over: what was freed is soon another's. */
static bool eat(struct racer *a)
{
	char *at = mmap(NULL, EATEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return false;
	for (size_t i = 0; i < EATEN; i += pagemap_page_size())
		at[i] = 1;
	madvise(at, EATEN, MADV_PAGEOUT);
	munmap(at, EATEN);
	a->disturbed += EATEN / pagemap_page_size();
	return true;
}

const struct role role_eater = {
	.name = "eater",
	.summary = "allocates memory, pages it out and frees it: swap slots turn over",
	.needs = NEED_SWAP | NEED_PAGEOUT,
	.kinds = ROLE_ANY,
	.step = eat,
	.rest_us = 500,
	.disturbs = true,
};

/* Out of the storm's cgroup and back: version 1 may move the charges, 2 leaves them. */
static bool change_cgroup(struct racer *a)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/../cgroup.procs", memcg_dir());
	if (!knob_write(path, "%d", getpid()))
		return false;
	snprintf(path, sizeof(path), "%s/cgroup.procs", memcg_dir());
	knob_set(path, "%d", getpid());
	a->disturbed += 2;
	return true;
}

const struct role role_cgroup_mover = {
	.name = "cgroup-mover",
	.summary = "moves the process from one memory cgroup to another and back",
	.needs = NEED_MEMCG,
	.kinds = ROLE_ANY,
	.open = enter_memcg,
	.step = change_cgroup,
	.rest_us = 1000,
	.disturbs = true,
};

static void open_damon(struct racer *a)
{
	const struct map *maps[STORM_ARENAS];

	for (unsigned int i = 0; i < storm_arenas(a->storm); i++)
		maps[i] = &storm_arena_of(a->storm, i)->map;
	damon_pageout_on(maps, storm_arenas(a->storm));
}

static void close_damon(struct racer *a)
{
	damon_pageout_off();
}

/* The kernel's thread does it; this one only says that it was there. */
static bool watch_damon(struct racer *a)
{
	a->disturbed++;
	return true;
}

const struct role role_damon = {
	.name = "damon",
	.summary = "a kdamond that pages out all it sees",
	.needs = NEED_SWAP | NEED_ROOT | NEED_DAMON | NEED_PFN,
	.kinds = ROLE_ANY,
	.open = open_damon,
	.step = watch_damon,
	.close = close_damon,
	.rest_us = 10000,
	.disturbs = true,
};
