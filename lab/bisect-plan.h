/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-plan: how many runs make a verdict on one kernel. Numbers only.
 *
 * The chance to name a wrong culprit, 1 - confidence, is shared out to the steps. What a
 * case hits with is measured at the bad end, and its lower 90 % bound is what counts: so
 * many clean runs make "good" that a kernel which hits so often would have passed them
 * all with less than a step's share. One hit makes "bad", unless good kernels hit as well,
 * by noise: then Wald's sequential test tells the two rates apart.
 */
#ifndef LOSTWRITE_BISECT_PLAN_H
#define LOSTWRITE_BISECT_PLAN_H

#include <stdbool.h>

#define BISECT_PLAN_HITS 5u  /* these end the calibration, */
#define BISECT_PLAN_RUNS 50u /* or these */

/* What the runs on one kernel said. */
struct bisect_tally {
	unsigned int hits;
	unsigned int clean;
	unsigned int other;   /* bad in another way */
	unsigned int invalid; /* without a word about the kernel */
};

enum bisect_judgement { BISECT_MORE, BISECT_BAD, BISECT_GOOD, BISECT_SKIP };

struct bisect_plan {
	double confidence;     /* that the culprit is the right one */
	double noise;	       /* how often a good kernel hits: 0 is never */
	unsigned int steps;    /* verdicts between here and the culprit, at most */
	unsigned int runs_max; /* of the calibration; 0: BISECT_PLAN_RUNS */
	bool other_is_bad;
	/* bisect_plan_make() fills in: */
	struct bisect_tally seen;  /* at the bad end */
	double low;		   /* hits a run, at least */
	double share;		   /* of the error for one verdict */
	unsigned int n;		   /* clean runs that make it good; with noise about so many */
	double hit, clean, margin; /* Wald's test: the weight of a run, and where it ends */
};

/* Is the calibration over? */
bool bisect_plan_measured(const struct bisect_plan *p, const struct bisect_tally *t);

/* False when what was SEEN is no use: no hit, or no more than noise. */
bool bisect_plan_make(struct bisect_plan *p, const struct bisect_tally *seen);

/* What T says about a kernel; BISECT_MORE: another run is due. */
enum bisect_judgement bisect_plan_judge(const struct bisect_plan *p, const struct bisect_tally *t);

/* The chance that a kernel which is judged good by T is bad all the same. */
double bisect_plan_miss(const struct bisect_plan *p, const struct bisect_tally *t);

/* How many runs are due on a good and on a bad kernel, about. */
double bisect_plan_runs(const struct bisect_plan *p, bool bad);

/* Verdicts that are due to find one of N neighbours. */
unsigned int bisect_plan_steps(unsigned long n);

#endif
