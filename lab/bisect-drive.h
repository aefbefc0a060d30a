/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-drive: the course of a bisection, whatever is searched and however it is run:
 * measure the bad end, check the good end, halve, run the culprit and its parent afresh.
 * It keeps nothing on disk and boots nothing; tests/test-bisect.c drives it with dice.
 */
#ifndef LOSTWRITE_BISECT_DRIVE_H
#define LOSTWRITE_BISECT_DRIVE_H

#include "bisect-plan.h"

#include <stdbool.h>
#include <stddef.h>

/* One run of the case, or what kept it from being one. */
enum bisect_result {
	BISECT_HIT,
	BISECT_CLEAN,
	BISECT_OTHER,
	BISECT_INVALID,
	BISECT_CANNOT, /* this kernel: it does not build */
	BISECT_FATAL,  /* nothing can be run here any more */
	BISECT_STOPPED /* the user wants an end */
};

enum bisect_phase { BISECT_MEASURE, BISECT_VERIFY, BISECT_STEP, BISECT_CULPRIT, BISECT_PARENT };

/* All runs of one kernel in one phase. */
struct bisect_test {
	enum bisect_phase phase;
	char *id;
	struct bisect_tally tally;
	enum bisect_judgement judged;
	bool cached;	/* the verdict is of an earlier bisection */
	double seconds; /* its runs, and before them its build and boots */
	char *why;	/* the first that kept it from being tested, or NULL */
};

enum bisect_next { BISECT_NEXT_TEST, BISECT_NEXT_FOUND, BISECT_NEXT_SET, BISECT_NEXT_FAILED };

/* What is searched. An id is the space's own name for one kernel. */
struct bisect_space_ops {
	/* The id to be tested, or of the culprit; a new string. FAILED: *WHY, a new string, too. */
	enum bisect_next (*next)(void *space, char **id, char **why);
	/* It is judged: not BISECT_MORE. */
	void (*mark)(void *space, const char *id, enum bisect_judgement judged);
	/* The one before ID, a new string. */
	char *(*parent)(void *space, const char *id);
};

struct bisect;

/* Who runs the kernels and watches. */
struct bisect_hooks {
	/* Runs T's kernel once more. */
	enum bisect_result (*run)(struct bisect *b, struct bisect_test *t);
	/* May be NULL: T begins (its tally may be filled from a cache); has had a run; ends. */
	void (*begin)(struct bisect *b, struct bisect_test *t);
	void (*ran)(struct bisect *b, struct bisect_test *t, enum bisect_result result);
	void (*end)(struct bisect *b, struct bisect_test *t);
	/* The bad end is measured, and the plan made. False: not with this plan. */
	bool (*planned)(struct bisect *b);
};

enum bisect_outcome {
	BISECT_FOUND,
	BISECT_UNCONFIRMED,  /* found, and the runs afresh say otherwise */
	BISECT_SET,	     /* among those that could not be tested */
	BISECT_BAD_IS_GOOD,  /* no hit at the bad end, or no more than noise */
	BISECT_GOOD_IS_BAD,  /* a hit at the good end */
	BISECT_CANNOT_TEST,  /* an end */
	BISECT_SPACE_FAILED, /* it says why in bisect.why */
	BISECT_NOTHING_RUNS, /* BISECT_FATAL */
	BISECT_DECLINED,     /* the plan */
	BISECT_INTERRUPTED
};

struct bisect {
	const struct bisect_hooks *hooks;
	const struct bisect_space_ops *ops;
	void *space, *arg;	/* of the two */
	const char *bad, *good; /* the ends */
	bool fix; /* the bad end is the older one: what is sought is good, its parent bad */
	struct bisect_plan plan;
	/* as it goes: */
	struct bisect_test *tests;
	size_t n;
	char *culprit, *parent, *why;
	double miss; /* the chance that a good verdict on the way was wrong */
};

enum bisect_outcome bisect_drive(struct bisect *b);

/* The test of the phase, or NULL; of BISECT_STEP that of ID. */
const struct bisect_test *bisect_find(const struct bisect *b, enum bisect_phase phase,
				      const char *id);

/* Forgets what the drive has filled in. */
void bisect_free(struct bisect *b);

#endif
