/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * storm: a seeded, time-bounded mix of roles over shared arenas, checked all the
 * time. A role is what one thread does again and again: a step. The workers
 * claim units, check that they hold what was written last, write them by their
 * own means, and release them; the disturbers claim nothing and make the kernel
 * move, copy, protect and drop pages under everybody's hands.
 *
 *	static const struct storm_mix mixes[] = {
 *		{ "anon", "anon4k:16", "dio-reader=2,writer=2,pager-out=1" },
 *		{ 0 },
 *	};
 *	int main(int argc, char **argv) { return storm_main(argc, argv, &info, mixes); }
 *
 * Each decision of a thread comes from the seed, the mix and the thread's
 * number; when it happens is the machine's business.
 */
#ifndef LOSTWRITE_STORM_H
#define LOSTWRITE_STORM_H

#include "arena.h"
#include "case.h"
#include "res-backend.h"

#include <pthread.h>
#include <stdatomic.h>

#define STORM_ARENAS 8
#define STORM_RACERS 64

struct storm;
struct role;

/* One thread. What only it writes has a cache line of its own. */
struct racer {
	_Alignas(64) struct storm *storm;
	const struct role *role;
	struct rng rng;
	void *own;	      /* the role's: its first storm_memory() */
	void *memory[4];      /* all of them */
	uint64_t steps, idle; /* steps that did something, and that did not */
	uint64_t checked;     /* bytes */
	uint64_t written;     /* bytes */
	uint64_t disturbed;   /* pages, calls: what the role counts */
	pthread_t thread;
};

struct role {
	const char *name, *summary;
	uint64_t needs;	    /* NEED_*: without them the role is left out, which is said */
	unsigned int kinds; /* bits of enum map_kind that it can be about */
	bool (*step)(struct racer *a); /* true: did something */
	void (*open)(struct racer *a); /* before any thread runs; may be NULL */
	void (*close)(struct racer *a);
	unsigned int rest_us; /* between two steps */
	bool disturbs;	      /* left out by --inject calm */
	bool forks;	      /* O_DIRECT into private memory beside it is a hazard before 6.5 */
};

#define ROLE_KIND(k) (1u << MAP_KIND_##k)
#define ROLE_ANY     (~0u)
#define ROLE_ANON    (ROLE_KIND(ANON) | ROLE_KIND(MTHP) | ROLE_KIND(THP) | ROLE_KIND(PTE_THP))
#define ROLE_SHMEM   (ROLE_KIND(SHARED_ANON) | ROLE_KIND(MEMFD))

/* All of them, ended by NULL. */
extern const struct role *const storm_roles[];

/* A cell: what is there, and who. */
struct storm_mix {
	const char *name;
	const char *arenas; /* "anon4k:16,thp:512": kind and pages */
	const char *roles;  /* "dio-reader=2,writer=2" */
	uint64_t needs;	    /* without which the cell shows nothing */
	const char *open;   /* as in case_cell */
	const char *hazard, *hazard_before;
	const struct res_backend *backend; /* where it swaps; NULL: the case's swap file */
	bool sparse;			   /* memory that can be compressed */
};

/*
 * The kernel's own words, in 8ac268436e6d (6.5), which forbids it for long-term pins: the file
 * system is not told of such a write, and what it has cleaned meanwhile may be dropped. Lost
 * on 6.18 (ext4) within a second.
 */
#define STORM_FILE_HAZARD "I/O into a shared file mapping: \"fundamentally broken\", 8ac268436e6d"

/* The counters of a storm, from 0 on. */
#define STORM_COUNTERS                                                       \
	{ "steps", true }, { "checked-kib", true }, { "written-kib", true }, \
		{ "disturbed", true },                                       \
	{                                                                    \
		"children"                                                   \
	}
enum { STORM_STEPS, STORM_CHECKED, STORM_WRITTEN, STORM_DISTURBED, STORM_CHILDREN };

/* Fills in of INFO what is the same for all storms: kind, lever, order, rounds, counters. */
int storm_main(int argc, char **argv, struct case_info *info, const struct storm_mix *mixes);

/* --- for roles --- */

bool storm_is_over(const struct storm *storm);

/* The system calls alone are wanted: nothing is to be checked. */
bool storm_is_bare(const struct storm *storm);

/* A random arena that the role can be about; NULL if there is none. */
struct arena *storm_arena(struct racer *a);

/*
 * Claims a random run of at most MOST units of such an arena. False when others
 * have them: the step did nothing then.
 */
bool storm_claim(struct racer *a, struct arena_claim *claim, size_t most);

/* The same of at most MOST whole pages. */
bool storm_claim_pages(struct racer *a, struct arena_claim *claim, size_t most);

/* A random run of pages, which is nobody's. False: there is no such arena. */
struct storm_range {
	struct arena *arena;
	char *at;
	size_t len;
};
bool storm_range(struct racer *a, struct storm_range *range, size_t most);

/*
 * Does all of CLAIM, or the copy of it at MEMORY that WHO has, hold what it must?
 * What does not is told, and ends the storm.
 */
bool storm_check(struct racer *a, const struct arena_claim *claim);
bool storm_check_copy(struct racer *a, const struct arena_claim *claim, const void *memory,
		      const char *who);

/* Unit UNIT is not what it must be, seen by WHO (a child, a pipe). The first one is told. */
void storm_found(struct racer *a, const struct arena *arena, size_t unit,
		 const struct stamp_bad *bad, const void *memory, const char *who);

/* Page PAGE was written by the racer and not reported to it. */
void storm_unreported(struct racer *a, const struct arena *arena, size_t page);

/* Memory of the role's own, zeroed, on a page boundary; it goes with the round. At most four times. */
void *storm_memory(struct racer *a, size_t bytes);

/* The case, for case_count() and the like; for open() and close() alone. */
struct case_ctx *storm_case(const struct storm *storm);
unsigned int storm_arenas(const struct storm *storm);
struct arena *storm_arena_of(const struct storm *storm, unsigned int i);

#endif
