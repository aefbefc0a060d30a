// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has to learn of every write. It claims pages, arms, writes some of them,
 * and asks: each of these must be reported, whatever happened to its page table
 * entry meanwhile. What is reported beside that may be others' writes.
 */
#include "fail.h"
#include "pagemap.h"
#include "roles.h"
#include "track-check.h"

#include <sys/uio.h>
#include <unistd.h>

#define CLAIMS 4
#define PAGES  4

struct tracker {
	struct arena *arena;
	struct track track;
	char *copy;
};

static void open_tracker(struct racer *a, enum track_kind kind)
{
	struct tracker *t = a->own = storm_memory(a, sizeof(*t));

	t->arena = storm_arena(a);
	if (!t->arena)
		return;
	t->copy = storm_memory(a, PAGES * pagemap_page_size());
	track_open(&t->track, kind, &t->arena->map);
	track_arm(&t->track);
}

/* All have gone home: nothing was written since the last look, and nothing may be reported. */
static void close_tracker(struct racer *a)
{
	struct tracker *t = a->own;
	struct case_ctx *c = storm_case(a->storm);
	size_t ghosts = 0, first = 0;

	if (!t->arena)
		return;
	track_collect(&t->track);
	track_collect(&t->track);
	if (case_injects(c, "ghost"))
		t->track.reports[rng_below(&a->rng, t->track.pages)] = 1;
	for (size_t i = 0; i < t->track.pages; i++)
		if (t->track.reports[i] && !ghosts++)
			first = i;
	if (ghosts && !case_was_corrupt())
		track_ghost(c, &t->arena->map, &t->track, first, ghosts);
	track_stop(&t->track);
}

/* By the CPU, or by the kernel in the name of the process. */
static void write_page(struct racer *a, const struct arena_claim *claim)
{
	struct tracker *t = a->own;
	struct iovec here = { t->copy, arena_bytes(claim) },
		     there = { arena_at(claim), arena_bytes(claim) };

	a->written += arena_bytes(claim);
	if (rng_below(&a->rng, 2)) {
		arena_write(claim, arena_at(claim), STAMP_CPU);
		return;
	}
	arena_write(claim, t->copy, STAMP_KERNEL);
	if (process_vm_writev(getpid(), &here, 1, &there, 1, 0) != (ssize_t)here.iov_len)
		fail("process_vm_writev of %zu bytes", here.iov_len);
}

static void ask(struct racer *a, const struct arena_claim *claim)
{
	struct tracker *t = a->own;
	size_t page = arena_offset(claim) / t->track.page;

	if (case_injects(storm_case(a->storm), "unreported"))
		t->track.reports[page] = 0;
	for (; page * t->track.page < arena_offset(claim) + arena_bytes(claim); page++)
		if (!t->track.reports[page])
			storm_unreported(a, t->arena, page);
	a->checked += arena_bytes(claim);
}

static bool track_writes(struct racer *a)
{
	struct tracker *t = a->own;
	size_t units = pagemap_page_size() / ARENA_UNIT, at;
	struct arena_claim claim[CLAIMS];
	unsigned int n = 0;

	if (!t->arena)
		return false;
	for (int i = 0; i < CLAIMS; i++) {
		at = rng_below(&a->rng, t->arena->map.pages);
		n += arena_claim(&claim[n], t->arena, at * units, units);
	}
	if (!n)
		return false;
	track_collect(&t->track); /* what was before is not ours to judge, and all is armed */
	for (unsigned int i = 0; i < n; i++)
		write_page(a, &claim[i]);
	track_collect(&t->track);
	for (unsigned int i = 0; i < n; i++) {
		ask(a, &claim[i]);
		storm_check(a, &claim[i]);
		arena_release(&claim[i]);
	}
	return true;
}

static void open_uffd_tracker(struct racer *a)
{
	open_tracker(a, TRACK_UFFD);
}

const struct role role_uffd_tracker = {
	.name = "uffd-tracker",
	.summary = "must be told by userfaultfd of every page that it writes",
	.needs = NEED_UFFD_WP | NEED_UFFD_KERNEL,
	.kinds = ROLE_ANON | ROLE_SHMEM,
	.open = open_uffd_tracker,
	.step = track_writes,
	.close = close_tracker,
};

static void open_async_tracker(struct racer *a)
{
	open_tracker(a, TRACK_ASYNC);
}

const struct role role_async_tracker = {
	.name = "async-tracker",
	.summary = "must find every page that it writes by PAGEMAP_SCAN",
	.needs = NEED_UFFD_ASYNC | NEED_SCAN,
	.kinds = ROLE_ANON | ROLE_SHMEM,
	.open = open_async_tracker,
	.step = track_writes,
	.close = close_tracker,
};

static void open_soft_dirty_tracker(struct racer *a)
{
	open_tracker(a, TRACK_SOFT_DIRTY);
}

/* There can be but one: who clears the bits clears them for all. */
const struct role role_soft_dirty_tracker = {
	.name = "soft-dirty-tracker",
	.summary = "must find the soft-dirty bit of every page that it writes",
	.needs = NEED_SOFT_DIRTY,
	.kinds = ROLE_ANON,
	.open = open_soft_dirty_tracker,
	.step = track_writes,
	.close = close_tracker,
};
