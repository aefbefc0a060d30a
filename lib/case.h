/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * case: what makes a file with a run() a program of the suite: options,
 * --describe, cells, verdicts, KTAP, counters, a deadline, injection, and a
 * supervisor that outlives the test and gives the machine back.
 *
 * Each cell runs in a child of its own ("the test") under the supervisor: a
 * crash loses one cell, and swap or knobs are undone however the test ends.
 * docs/program-output.md is the contract for what it prints.
 */
#ifndef LOSTWRITE_CASE_H
#define LOSTWRITE_CASE_H

#include "map.h"
#include "need.h"
#include "rng.h"
#include "stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values are the exit codes of a program. */
enum verdict { PASS = 0, CORRUPT = 1, INCONCLUSIVE = 2, SKIP = 77, BROKEN = 99 };

/* What must still be true; each has its --inject kinds (--help lists them). */
#define CASE_COHERENCE (1u << 0) /* both sides see each other's writes */
#define CASE_ISOLATION (1u << 1) /* nobody sees the other's later writes */
#define CASE_TRACKING  (1u << 2) /* every write is reported, nothing else is */

#define CASE_COUNTERS 8

struct case_counter {
	const char *name;
	bool exposure; /* at zero, a pass was not earned: the cell is inconclusive */
};

/* One variant. Its id is the case's name, a dot, and its own. */
struct case_cell {
	const char *name, *summary;
	uint64_t needs;			    /* on top of the case's */
	const char *open;		    /* an open bug, as in case_info */
	const char *hazard, *hazard_before; /* as in case_info */
	const char *scene;		    /* its scene (docs/scenes.md), if it is one */
	int arg;			    /* what the case makes of it */
};

/* Cells that are not there, and why: some cannot be, some would add nothing. */
struct case_cannot {
	const char *pattern, *reason; /* of their names; what a field of it may be is in cells.h */
	unsigned long cells;	      /* how many */
};

/* An option of this program's own; SET ends the program (opt_usage()) when the value is bad. */
struct case_option {
	const char *name, *value, *help; /* "roles", "LIST" (NULL: none), a line for --help */
	void (*set)(const char *value);
};

struct case_info {
	const char *name, *summary;
	const char *kind; /* "reproducer" if NULL */
	const char *tags; /* words */
	uint64_t needs;	  /* NEED_* */
	size_t memory;	  /* bytes at the same time; 64 MiB if 0 */
	unsigned int oracles;
	const char *refs, *cve;		     /* words: linux-git:HASH, CVE-... */
	const char *broken_since, *fixed_in; /* upstream versions; information, never a verdict */
	const char *threads; /* words: the threads this project began with, S0 to S4 (CATALOGUE) */
	const char *lever;   /* what makes it certain: "FUSE hold"; "race" if nothing does */
	bool unordered;	     /* a device's generations say nothing about time */
	const char *seen; /* where it was seen to fail, how often, how fast; NULL: --inject only */
	const char *open; /* "since 6.12, no fix known 2026-11": no fix exists anywhere */
	const char *hazard, *hazard_before; /* documented loss of kernels before this version */
	unsigned int seconds;		    /* the most that the program takes; 10 if 0 */
	unsigned int rounds;		    /* trials of a cell; 4 if 0 */
	struct case_counter counters[CASE_COUNTERS];
	/*
	 * What CELL needs of the machine, made by the supervisor: what one cell made is there
	 * for the next. False: the cell skips with res_why().
	 */
	bool (*prepare)(const struct case_cell *cell);
	/*
	 * For each cell that is selected, when the options are known and nothing is made yet: it
	 * refuses options that make no sense, and makes a scene that depends on them. Or NULL.
	 */
	void (*parsed)(const struct case_cell *cell);
	const struct case_cell *cells; /* ended by a NULL name; NULL: one cell, the case itself */
	const struct case_cannot *cannot;  /* ended by a NULL pattern, or NULL */
	const struct case_option *options; /* ended by a NULL name, or NULL */
};

struct case_ctx {
	const struct case_info *info;
	const struct case_cell *cell; /* a zeroed one for a case without cells */
	uint64_t seed;
	struct rng rng;	    /* for every decision of the case */
	unsigned int round; /* from 1 */
};

/* The seed, once the options were read. */
uint64_t case_seed(void);

/* One cell takes up to SECONDS before it is said to hang: for an option that makes it longer. */
void case_patience(unsigned int seconds);

int case_main(int argc, char **argv, const struct case_info *info,
	      enum verdict (*run)(struct case_ctx *c));

/* One more trial? Until --rounds, --seconds or the deadline. */
bool case_round(struct case_ctx *c);

/*
 * The usual run(): each round makes a fresh buffer of KIND and a control beside
 * it, both at generation 1, for one TRIAL, until one says anything but PASS.
 */
enum verdict case_trials(struct case_ctx *c, enum map_kind kind, size_t pages,
			 enum verdict (*trial)(struct case_ctx *c, struct map *buffer,
					       struct map *control));

/* A test stays on one CPU; a race wants all of them, for this thread and those it starts. */
void case_on_all_cpus(void);

/* Adds to a counter of the info. */
void case_count(struct case_ctx *c, unsigned int counter, uint64_t n);

/*
 * False under --inject calm, which leaves the disturbance out: the case must
 * then say inconclusive. It guards the disturbing system call.
 */
bool case_disturbs(const struct case_ctx *c);

/* Is this the --inject kind asked for ("leak", "unreported")? */
bool case_injects(const struct case_ctx *c, const char *kind);

/* map_make() with the case's seed; false is already told as inconclusive. */
bool case_map(struct case_ctx *c, struct map *map, enum map_kind kind, size_t pages,
	      unsigned int buffer);

/* A memfd that holds GENERATION by device of all of MAP: what READ_FIXED reads. */
int case_device(struct case_ctx *c, const struct map *map, unsigned int generation);

/*
 * The oracle of memory: LEN bytes of MAP from OFFSET hold GENERATION by WRITER.
 * False when they do not, with the diagnosis told. Under --inject it damages
 * the memory first.
 */
bool case_check(struct case_ctx *c, struct map *map, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer);

/* The same for all of it. */
bool case_check_all(struct case_ctx *c, struct map *map, unsigned int generation,
		    enum stamp_writer writer);

/*
 * The oracle of isolation: COPY, which WHO read (a child, a pipe), is the first
 * LEN bytes of MAP as they were at GENERATION by WRITER, not as written later.
 */
bool case_check_copy(struct case_ctx *c, struct map *map, void *copy, size_t len,
		     unsigned int generation, enum stamp_writer writer, const char *who);

/*
 * What the two above are made of, for oracles of more than one allowed content:
 * the damage of --inject, and the diagnosis of a stamp_verify() that failed. WHO
 * is put in front ("the child's pipe read "), WHERE is what is known of the page.
 */
void case_damage(struct case_ctx *c, const struct map *map, void *memory, size_t offset, size_t len,
		 unsigned int generation, enum stamp_writer writer);
void case_diagnose(struct case_ctx *c, const struct map *map, const struct stamp_bad *bad,
		   size_t pages, const char *who, const char *where);

/* The oracle of tracking: page PAGE of MAP was written and not reported. Always false. */
bool case_unreported(struct case_ctx *c, const struct map *map, size_t page, size_t missed);

/* The other way round: PAGES pages, of which PAGE is the first, are WHAT ("not written and reported"). */
bool case_ghost(struct case_ctx *c, const struct map *map, size_t page, size_t pages,
		const char *what);

/* A violated oracle in the case's own words (CLASS: one or two words). Returns CORRUPT. */
__attribute__((format(printf, 3, 4))) enum verdict case_corrupt(struct case_ctx *c,
								const char *class, const char *fmt,
								...);

/* Has any process of this cell found something corrupt? */
bool case_was_corrupt(void);

/* The window was not reached, and why. Returns INCONCLUSIVE. */
__attribute__((format(printf, 2, 3))) enum verdict case_inconclusive(struct case_ctx *c,
								     const char *fmt, ...);

/* The kernel refuses what the case is about, which only shows on the way. Returns SKIP. */
__attribute__((format(printf, 2, 3))) enum verdict case_skip(struct case_ctx *c, const char *fmt,
							     ...);

/* Is --verbose asked for? */
bool case_verbose(void);

/* A '#' line. */
__attribute__((format(printf, 2, 3))) void case_note(struct case_ctx *c, const char *fmt, ...);

/* A line for --verbose. */
__attribute__((format(printf, 2, 3))) void case_say(struct case_ctx *c, const char *fmt, ...);

#endif
