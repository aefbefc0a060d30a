// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who forks while everybody writes. Whatever a private unit held at the moment
 * of the fork the child must find, now and later; what the parent's threads
 * write after it must not come through, nor what the child writes to them.
 *
 * That moment is somewhere between two looks at the state of all units: units
 * that were nobody's and have the same version in both stood still.
 */
#include "child.h"
#include "fail.h"
#include "pin.h"
#include "roles.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define LOOKED	1 /* the parent has looked for the second time */
#define SECONDS 20

/* What the child tells, in memory that both have. */
struct told {
	struct gate gate;
	bool bad;
	unsigned int arena;
	size_t unit, checked;
	struct stamp_bad stamp;
	char memory[ARENA_UNIT];
	const char *who;
	uint64_t after[]; /* of all units of all arenas */
};

struct fork_ {
	struct told *told;
	uint64_t *before;
	size_t size;
};

static size_t all_units(const struct storm *storm)
{
	size_t units = 0;

	for (unsigned int i = 0; i < storm_arenas(storm); i++)
		units += storm_arena_of(storm, i)->units;
	return units;
}

static void open_fork(struct racer *a)
{
	struct fork_ *f = a->own = storm_memory(a, sizeof(*f));
	size_t bytes = all_units(a->storm) * sizeof(uint64_t);

	f->before = storm_memory(a, bytes);
	f->size = sizeof(*f->told) + bytes;
	f->told = child_shared(f->size);
}

static void close_fork(struct racer *a)
{
	struct fork_ *f = a->own;

	munmap(f->told, f->size);
}

static void look(struct racer *a, uint64_t *states)
{
	struct arena *arena;

	for (unsigned int i = 0; i < storm_arenas(a->storm); i++, states += arena->units) {
		arena = storm_arena_of(a->storm, i);
		arena_look(arena, states);
	}
}

/* A parent that finds no huge page for its copy takes the child's away (unmap_ref_private()). */
static bool is_childs_own(const struct arena *arena)
{
	return arena_is_private(arena) && arena->map.kind != MAP_KIND_HUGETLB;
}

/* --- the child --- */

static void tell(struct told *t, unsigned int arena, size_t unit, const struct stamp_bad *bad,
		 const char *memory, const char *who)
{
	t->arena = arena;
	t->unit = unit;
	t->stamp = *bad;
	memcpy(t->memory, memory, ARENA_UNIT);
	t->who = who;
	t->bad = true;
}

/* All units of ARENA that stood still. */
static void check_all(struct told *t, unsigned int number, const struct arena *arena,
		      const uint64_t *before, const uint64_t *after)
{
	struct arena_content content;
	struct stamp_bad bad = { 0 };
	const char *at;

	for (size_t i = 0; i < arena->units && !t->bad; i++) {
		if (!arena_stood(before[i], after[i], &content))
			continue;
		at = arena->map.at + i * ARENA_UNIT;
		t->checked += ARENA_UNIT;
		if (!arena_verify(arena, i, content, at, &bad))
			tell(t, number, i, &bad, at, "a forked child");
	}
}

static void check_arenas(struct racer *a)
{
	struct fork_ *f = a->own;
	size_t first = 0;

	if (storm_is_bare(a->storm))
		return;
	for (unsigned int i = 0; i < storm_arenas(a->storm); i++) {
		struct arena *arena = storm_arena_of(a->storm, i);

		if (is_childs_own(arena))
			check_all(f->told, i, arena, f->before + first, f->told->after + first);
		first += arena->units;
	}
}

/* A pipe that has pages of the child keeps them as they are, though the parent writes on. */
static void splice_one(struct racer *a)
{
	struct fork_ *f = a->own;
	struct arena *arena = storm_arena_of(a->storm, 0);
	size_t unit = rng_below(&a->rng, arena->units);
	struct arena_content content;
	struct stamp_bad bad = { 0 };
	struct iovec vec = { arena->map.at + unit * ARENA_UNIT, ARENA_UNIT };
	char copy[ARENA_UNIT];
	int ends[2];

	if (!is_childs_own(arena) || !arena_stood(f->before[unit], f->told->after[unit], &content))
		return;
	pin_pipe(ends, ARENA_UNIT);
	if (vmsplice(ends[1], &vec, 1, 0) != ARENA_UNIT)
		fail("vmsplice in a child");
	munmap(arena->map.at, arena->map.len); /* the parent may be the last one to map it */
	usleep(rng_below(&a->rng, 2000));
	if (read(ends[0], copy, ARENA_UNIT) != ARENA_UNIT)
		fail("reading what a child has spliced");
	if (!arena_verify(arena, unit, content, copy, &bad))
		tell(f->told, 0, unit, &bad, copy, "a forked child's pipe");
}

/* Twice: what is still shared the first time may be written by the parent before the second. */
__attribute__((noreturn)) static void child(struct racer *a, bool writes)
{
	struct fork_ *f = a->own;

	child_bind();
	if (!gate_wait(&f->told->gate, LOOKED, SECONDS))
		_exit(1);
	check_arenas(a);
	usleep(rng_below(&a->rng, 2000));
	if (writes)
		for (unsigned int i = 0; i < storm_arenas(a->storm); i++) {
			struct arena *arena = storm_arena_of(a->storm, i);

			if (is_childs_own(arena))
				memset(arena->map.at, 0xee, arena->map.len);
		}
	else
		check_arenas(a);
	if (!writes && !f->told->bad)
		splice_one(a);
	_exit(0);
}

/* --- the parent --- */

static bool fork_once(struct racer *a, bool writes)
{
	struct fork_ *f = a->own;
	struct told *t = f->told;
	pid_t pid;
	int status;

	t->bad = false;
	t->checked = 0;
	gate_set(&t->gate, 0);
	look(a, f->before);
	pid = fork();
	if (!pid)
		child(a, writes);
	if (pid < 0)
		fail("fork");
	look(a, t->after);
	gate_set(&t->gate, LOOKED);
	status = child_wait(pid);
	if (t->bad)
		storm_found(a, storm_arena_of(a->storm, t->arena), t->unit, &t->stamp, t->memory,
			    t->who);
	else if (status)
		fail("a forked child left with %d", status);
	a->checked += t->checked;
	a->disturbed++;
	case_count(storm_case(a->storm), STORM_CHILDREN, 1);
	return true;
}

static bool fork_and_check(struct racer *a)
{
	return fork_once(a, false);
}

const struct role role_forker = {
	.name = "forker",
	.summary = "children that check all they inherited, twice, and a pipe of theirs",
	.kinds = ROLE_ANY,
	.open = open_fork,
	.step = fork_and_check,
	.close = close_fork,
	.rest_us = 200,
	.disturbs = true,
	.forks = true,
};

static bool fork_and_write(struct racer *a)
{
	return fork_once(a, true);
}

const struct role role_fork_writer = {
	.name = "fork-writer",
	.summary = "children that check all they inherited and then write all of it",
	.kinds = ROLE_ANY,
	.open = open_fork,
	.step = fork_and_write,
	.close = close_fork,
	.rest_us = 200,
	.disturbs = true,
	.forks = true,
};
