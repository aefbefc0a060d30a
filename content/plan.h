/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan: what one cell does with a body: write, maybe regroup, out to swap, back
 * in by one way, and again, with every mapping checked after each step.
 */
#ifndef LOSTWRITE_CONTENT_PLAN_H
#define LOSTWRITE_CONTENT_PLAN_H

#include "body.h"

#define PLAN_KIND(k) (1u << (k))

/* A way back in from swap. */
struct way {
	const char *name, *summary;
	uint64_t needs;
	unsigned int kinds; /* a bit each; 0: all */
	bool early;	    /* at once, while pages are still being written */
	void (*in)(struct body *b, unsigned int writer);
};

/* Regroups, moves or unmaps pages that were written, and leaves their content alone. */
struct between {
	const char *name, *summary;
	uint64_t needs;
	unsigned int kinds;
	/* The pages it is seen to have reached. */
	size_t (*disturb)(struct body *b);
	const char *file, *remedy; /* without it the cell skips; NULL: nothing more is needed */
};

/* Ended by a NULL name. The first way is "any", one of the others by the seed. */
extern const struct way ways[];
extern const struct between betweens[];

struct plan {
	unsigned int kind, writer;
	const struct way *way;	       /* NULL: "read" */
	const struct between *between; /* NULL: nothing */
	void (*shake)(void);	       /* of the swap backend, NULL: nothing */
	size_t pages;		       /* 64 if 0 */
};

/* Counters of the case: 0 pages seen swapped, 1 pages checked, 2 pages reached in between. */
enum verdict plan_play(struct case_ctx *c, const struct plan *plan);

/* Out to swap, by MADV_PAGEOUT or by reclaim of our memcg. The pages that are gone. */
size_t plan_out(struct body *b, bool memcg, bool wait);

/* Pages of KIND that plan_play() takes. */
size_t plan_pages(unsigned int kind);

/* --- race.c: bounded loops of threads; the lanes that each thread owns are judged. --- */

struct race {
	const char *name, *summary;
	uint64_t needs;
	unsigned int kinds;
	/* One disturbance while the threads write and read back. */
	void (*disturb)(struct body *b, struct rng *rng);
};

extern const struct race races[];

enum verdict race_play(struct case_ctx *c, unsigned int kind, const struct race *race,
		       void (*shake)(void));

#endif
