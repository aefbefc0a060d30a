// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bisections by dice: the code that decides, the plan, the drive and the search, over a list
 * of kernels that hit by chance. Does it name the right one as often as it promises?
 */
#include "bisect-drive.h"
#include "bisect-list.h"
#include "mem.h"
#include "odds.h"
#include "rng.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KERNELS 1025 /* ten steps */
#define GAMES	1000

struct game {
	struct rng rng;
	size_t culprit;
	double p, noise, invalid, other, unbuildable;
	unsigned int runs, kernels;
};

static struct bisect_list kernels;

/* Below 1, and the same for the same game. */
static double die(struct game *g)
{
	return (double)(rng_next(&g->rng) >> 11) / (double)(1ULL << 53);
}

static enum bisect_result run(struct bisect *b, struct bisect_test *t)
{
	struct game *g = b->arg;
	size_t n = atoi(t->id);
	bool bad = b->fix ? n < g->culprit : n >= g->culprit;
	double broken = (double)(rng_mix(n ^ g->culprit << 20) >> 11) / (double)(1ULL << 53);

	g->runs++;
	g->kernels += !t->tally.hits && !t->tally.clean && !t->tally.invalid;
	if (t->phase == BISECT_STEP && broken < g->unbuildable)
		return BISECT_CANNOT;
	if (die(g) < g->invalid)
		return BISECT_INVALID;
	if (die(g) < g->other)
		return BISECT_OTHER;
	return die(g) < (bad ? g->p : 0) || die(g) < g->noise ? BISECT_HIT : BISECT_CLEAN;
}

static const struct bisect_hooks hooks = { .run = run };

struct score {
	unsigned int right, wrong, set, set_without, unconfirmed, no_hit, good_fails, other;
	double runs, kernels;
};

static void play(const struct game *rules, const struct bisect_plan *plan, bool fix,
		 unsigned int number, struct score *s)
{
	struct game g = *rules;
	struct bisect b = { .hooks = &hooks,
			    .ops = &bisect_list_ops,
			    .space = &kernels,
			    .arg = &g,
			    .fix = fix,
			    .plan = *plan };
	size_t first, last;

	g.rng = rng_make(1, number);
	g.culprit = 1 + rng_below(&g.rng, KERNELS - 1);
	b.bad = kernels.items[fix ? 0 : KERNELS - 1].id;
	b.good = kernels.items[fix ? KERNELS - 1 : 0].id;
	b.plan.steps = bisect_plan_steps(KERNELS - 1);
	bisect_list_ready(&kernels, fix);
	switch (bisect_drive(&b)) {
	case BISECT_FOUND:
		*((size_t)atoi(b.culprit) == g.culprit ? &s->right : &s->wrong) += 1;
		break;
	case BISECT_SET:
		bisect_list_left(&kernels, &first, &last);
		*(g.culprit >= first && g.culprit <= last ? &s->set : &s->set_without) += 1;
		break;
	case BISECT_UNCONFIRMED:
		s->unconfirmed++;
		break;
	case BISECT_BAD_IS_GOOD:
		s->no_hit++;
		break;
	case BISECT_GOOD_IS_BAD:
		s->good_fails++;
		break;
	default:
		s->other++;
	}
	s->runs += g.runs;
	s->kernels += g.kernels;
	bisect_free(&b);
}

static struct score games(const char *what, const struct game *rules,
			  const struct bisect_plan *plan, bool fix)
{
	struct score s = { 0 };

	for (unsigned int i = 0; i < GAMES; i++)
		play(rules, plan, fix, i, &s);
	printf("# %s: %u right, %u wrong, %u not confirmed, %u sets (%u without it), %u stopped: "
	       "no hit, %u: good end, %u: no verdict on an end; %.0f runs and %.1f kernels each\n",
	       what, s.right, s.wrong, s.unconfirmed, s.set, s.set_without, s.no_hit, s.good_fails,
	       s.other, s.runs / GAMES, s.kernels / GAMES);
	return s;
}

/* Of those that came to an end as many are wrong as was allowed, as far as GAMES can tell. */
static void promise(const char *what, const struct score *s, double confidence)
{
	double wrong = s->wrong + s->unconfirmed + s->set_without,
	       named = wrong + s->right + s->set, low, high;

	odds_interval(wrong, named, &low, &high);
	ok(low <= 1 - confidence && s->other < 0.02 * GAMES, "%s: %.1f %% wrong, %.0f %% allowed",
	   what, 100 * wrong / named, 100 * (1 - confidence));
}

static void rates(void)
{
	static const double ps[] = { 0.9, 0.5, 0.3, 0.1, 0.03 }, confidences[] = { 0.95, 0.99 };
	char what[64];

	for (size_t i = 0; i < sizeof(ps) / sizeof(*ps); i++)
		for (size_t j = 0; j < 2; j++)
			for (int fix = 0; fix < 2; fix++) {
				struct game rules = { .p = ps[i] };
				struct bisect_plan plan = { .confidence = confidences[j] };
				struct score s;

				snprintf(what, sizeof(what), "p %.2f, confidence %.2f%s", ps[i],
					 confidences[j], fix ? ", --fix" : "");
				s = games(what, &rules, &plan, fix);
				promise(what, &s, plan.confidence);
				ok(s.right >= (ps[i] < 0.1 ? 0.7 : 0.94) * GAMES && !s.good_fails,
				   "%s: and most come to an end", what);
			}
}

static void always(void)
{
	struct game rules = { .p = 1 };
	struct bisect_plan plan = { .confidence = 0.95 };
	struct score s = games("a sure case", &rules, &plan, false);

	ok(s.right == GAMES, "a sure case: always the right one");
	ok(s.runs < 60 * GAMES, "a sure case: %.0f runs for ten steps", s.runs / GAMES);
}

/* LABS: any hit is bad falls to 40, 4 and 9 % when good kernels hit as well. */
static void noise(void)
{
	static const struct game rules[] = { { .p = 0.3, .noise = 0.01 },
					     { .p = 0.3, .noise = 0.05 },
					     { .p = 0.1, .noise = 0.01 } };
	char what[64];

	for (size_t i = 0; i < 3; i++) {
		struct bisect_plan plan = { .confidence = 0.95 };
		struct score s;

		snprintf(what, sizeof(what), "p %.2f, noise %.2f", rules[i].p, rules[i].noise);
		s = games(what, &rules[i], &plan, false);
		ok(s.right < 0.6 * GAMES, "%s: not known, %u of %u are right", what, s.right,
		   GAMES);
		ok(s.wrong < 0.12 * GAMES, "%s: the checks let %u wrong ones pass", what, s.wrong);
		plan.noise = rules[i].noise;
		s = games(what, &rules[i], &plan, false);
		promise(what, &s, plan.confidence);
		ok(s.right >= 0.75 * GAMES, "%s: known, %u are right", what, s.right);
	}
}

static void broken(void)
{
	struct bisect_plan plan = { .confidence = 0.95 };
	struct game rules = { .p = 0.5, .invalid = 0.1 };
	struct score s = games("a tenth of the runs says nothing", &rules, &plan, false);

	promise("a tenth of the runs says nothing", &s, plan.confidence);
	rules = (struct game){ .p = 0.5, .other = 0.1 };
	s = games("a tenth ends in another crash", &rules, &plan, false);
	promise("a tenth ends in another crash", &s, plan.confidence);
	rules = (struct game){ .p = 0.5, .unbuildable = 0.2 };
	s = games("a fifth does not build", &rules, &plan, false);
	promise("a fifth does not build", &s, plan.confidence);
	ok(s.right + s.set > 0.94 * GAMES, "a fifth does not build: the culprit, or a set with it");
	rules = (struct game){ .p = 1, .unbuildable = 1 };
	s = games("nothing between builds", &rules, &plan, false);
	ok(s.set == GAMES, "nothing between builds: a set");
	rules = (struct game){ .p = 0 };
	s = games("the bad end passes", &rules, &plan, false);
	ok(s.no_hit == GAMES && s.runs == 50.0 * GAMES, "the bad end passes: 50 runs, and no");
	rules = (struct game){ .p = 1, .noise = 1 };
	s = games("the good end fails", &rules, &plan, false);
	ok(s.good_fails == GAMES, "the good end fails: no");
	rules = (struct game){ .p = 1, .invalid = 1 };
	s = games("nothing says anything", &rules, &plan, false);
	ok(s.other == GAMES && s.runs == 4.0 * GAMES, "nothing says anything: 4 runs, and no");
}

static enum bisect_judgement judge(const struct bisect_plan *p, unsigned int hits,
				   unsigned int clean, unsigned int other, unsigned int invalid)
{
	return bisect_plan_judge(p, &(struct bisect_tally){ hits, clean, other, invalid });
}

static void numbers(void)
{
	struct bisect_plan p = { .confidence = 0.95, .steps = 10 };

	ok(fabs(odds_lower(5, 5, 0.9) - 0.7733) < 5e-4, "lower bound, 5 of 5: %.4f",
	   odds_lower(5, 5, 0.9));
	ok(fabs(odds_lower(2, 20, 0.9) - 0.0410) < 5e-4, "lower bound, 2 of 20: %.4f",
	   odds_lower(2, 20, 0.9));
	ok(odds_lower(0, 20, 0.9) == 0, "lower bound without a hit");
	ok(!bisect_plan_make(&p, &(struct bisect_tally){ .clean = 50 }), "no hit, no plan");
	bisect_plan_make(&p, &(struct bisect_tally){ .hits = 5 });
	ok(p.n == 4, "a sure case: %u clean runs are good", p.n);
	ok(judge(&p, 0, 3, 0, 0) == BISECT_MORE && judge(&p, 0, 4, 0, 0) == BISECT_GOOD,
	   "good after N clean runs");
	ok(judge(&p, 1, 3, 0, 0) == BISECT_BAD, "bad at the first hit");
	ok(judge(&p, 0, 3, 5, 0) == BISECT_SKIP && judge(&p, 0, 3, 4, 0) == BISECT_MORE,
	   "less than three quarters valid is no verdict");
	ok(judge(&p, 0, 0, 0, 4) == BISECT_SKIP, "neither are runs that say nothing");
	p.other_is_bad = true;
	ok(judge(&p, 0, 0, 1, 0) == BISECT_BAD, "other crashes count if they shall");
	ok(bisect_plan_steps(1) == 0 && bisect_plan_steps(2) == 1 && bisect_plan_steps(3) == 2 &&
		   bisect_plan_steps(1024) == 10,
	   "steps for 1, 2, 3 and 1024");
	p = (struct bisect_plan){ .confidence = 0.95, .noise = 0.3, .steps = 1 };
	ok(!bisect_plan_make(&p, &(struct bisect_tally){ 5, 10, 0, 0 }),
	   "a rate that may be noise is no plan");
}

int main(void)
{
	char id[16];

	for (int i = 0; i < KERNELS; i++) {
		snprintf(id, sizeof(id), "%d", i);
		bisect_list_add(&kernels, "--kernel", id, NULL);
	}
	numbers();
	rates();
	always();
	noise();
	broken();
	bisect_list_free(&kernels);
	return done();
}
