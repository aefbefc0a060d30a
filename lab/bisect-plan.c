// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-plan.h"

#include "odds.h"

#include <math.h>

#define SURE	      0.9
#define HOPELESS      4	 /* runs without a word: if there are no others, or many more than this */
#define NOISE_RUNS    20 /* times as many as are expected end an undecided test */
#define NEARLY_ALWAYS 0.999

bool bisect_plan_measured(const struct bisect_plan *p, const struct bisect_tally *t)
{
	unsigned int all = t->hits + t->clean + t->other + t->invalid,
		     most = p->runs_max ? p->runs_max : BISECT_PLAN_RUNS;

	return t->hits >= BISECT_PLAN_HITS || all >= most || (!t->hits && t->invalid >= HOPELESS);
}

/* With the logarithms of the likelihood ratios, "this kernel is bad" against "is good". */
static void make_noisy(struct bisect_plan *p)
{
	p->hit = log(p->low / p->noise);
	p->clean = log((1 - p->low) / (1 - p->noise));
	p->margin = log((1 - p->share) / p->share);
	p->n = ceil(bisect_plan_runs(p, false));
}

bool bisect_plan_make(struct bisect_plan *p, const struct bisect_tally *seen)
{
	unsigned int valid = seen->hits + seen->clean;

	p->seen = *seen;
	p->low = fmin(odds_lower(seen->hits, valid, SURE), NEARLY_ALWAYS);
	p->share = (1 - p->confidence) / (p->steps ? p->steps : 1);
	if (!seen->hits || p->low <= p->noise)
		return false;
	if (p->noise > 0)
		make_noisy(p);
	else
		p->n = ceil(log(p->share) / log1p(-p->low));
	return true;
}

static enum bisect_judgement judge_noisy(const struct bisect_plan *p, const struct bisect_tally *t,
					 unsigned int bad)
{
	double weight = bad * p->hit + t->clean * p->clean;

	if (weight >= p->margin)
		return BISECT_BAD;
	if (weight <= -p->margin)
		return BISECT_GOOD;
	return bad + t->clean < NOISE_RUNS * p->n ? BISECT_MORE : BISECT_SKIP;
}

enum bisect_judgement bisect_plan_judge(const struct bisect_plan *p, const struct bisect_tally *t)
{
	unsigned int bad = t->hits + (p->other_is_bad ? t->other : 0),
		     lost = t->invalid + (p->other_is_bad ? 0 : t->other), valid = bad + t->clean;
	enum bisect_judgement j;

	if (p->noise > 0)
		j = judge_noisy(p, t, bad);
	else if (bad)
		j = BISECT_BAD;
	else
		j = t->clean >= p->n ? BISECT_GOOD : BISECT_MORE;
	if (j != BISECT_MORE)
		return j;
	/* Fewer than three quarters are valid, when a good kernel would have had its runs. */
	if (lost >= HOPELESS &&
	    (!valid || (lost > HOPELESS && 3 * lost > valid && 3 * lost > p->n)))
		return BISECT_SKIP;
	return BISECT_MORE;
}

double bisect_plan_miss(const struct bisect_plan *p, const struct bisect_tally *t)
{
	return p->noise > 0 ? p->share : pow(1 - p->low, t->clean);
}

double bisect_plan_runs(const struct bisect_plan *p, bool bad)
{
	double drift;

	if (p->noise > 0) {
		drift = bad ? p->low * p->hit + (1 - p->low) * p->clean
			    : -p->noise * p->hit - (1 - p->noise) * p->clean;
		return p->margin / drift;
	}
	return bad ? (1 - pow(1 - p->low, p->n)) / p->low : p->n;
}

unsigned int bisect_plan_steps(unsigned long n)
{
	unsigned int steps = 0;

	for (; steps < 63 && 1UL << steps < n; steps++)
		;
	return steps;
}
