// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-drive.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static void count(struct bisect_tally *t, enum bisect_result result)
{
	t->hits += result == BISECT_HIT;
	t->clean += result == BISECT_CLEAN;
	t->other += result == BISECT_OTHER;
	t->invalid += result == BISECT_INVALID;
}

/* What is run afresh is run to the end, for a rate of failures that can be compared. */
static bool is_cut_short(const struct bisect *b, const struct bisect_test *t)
{
	unsigned int valid = t->tally.hits + t->tally.clean,
		     all = valid + t->tally.other + t->tally.invalid;

	return (t->phase == BISECT_CULPRIT || t->phase == BISECT_PARENT) && valid < b->plan.n &&
	       all < 2 * b->plan.n;
}

static bool is_done(struct bisect *b, struct bisect_test *t)
{
	if (t->phase == BISECT_MEASURE)
		return bisect_plan_measured(&b->plan, &t->tally);
	t->judged = bisect_plan_judge(&b->plan, &t->tally);
	return t->judged != BISECT_MORE && (t->judged != BISECT_BAD || !is_cut_short(b, t));
}

/* True when T is judged; false with the outcome that this is the end. */
static bool test(struct bisect *b, enum bisect_phase phase, const char *id,
		 enum bisect_outcome *outcome)
{
	enum bisect_result result = BISECT_CLEAN;
	struct bisect_test *t;

	b->tests = mem_grow(b->tests, b->n + 1, sizeof(*b->tests));
	t = &b->tests[b->n++];
	*t = (struct bisect_test){ .phase = phase, .id = mem_copy(id) };
	if (b->hooks->begin)
		b->hooks->begin(b, t);
	while (!is_done(b, t)) {
		result = b->hooks->run(b, t);
		if (result >= BISECT_CANNOT)
			break;
		count(&t->tally, result);
		if (b->hooks->ran)
			b->hooks->ran(b, t, result);
	}
	if (result == BISECT_CANNOT)
		t->judged = BISECT_SKIP;
	if (t->judged == BISECT_GOOD && phase == BISECT_STEP)
		b->miss = 1 - (1 - b->miss) * (1 - bisect_plan_miss(&b->plan, &t->tally));
	if (b->hooks->end && result <= BISECT_CANNOT)
		b->hooks->end(b, t);
	*outcome = result == BISECT_FATAL ? BISECT_NOTHING_RUNS : BISECT_INTERRUPTED;
	return result <= BISECT_CANNOT;
}

static bool last_is(const struct bisect *b, enum bisect_judgement judged)
{
	return b->tests[b->n - 1].judged == judged;
}

static bool measure(struct bisect *b, enum bisect_outcome *outcome)
{
	struct bisect_tally seen;

	if (!test(b, BISECT_MEASURE, b->bad, outcome))
		return false;
	seen = b->tests[b->n - 1].tally;
	*outcome = BISECT_CANNOT_TEST;
	if (!seen.hits && !seen.clean)
		return false;
	*outcome = BISECT_BAD_IS_GOOD;
	if (!bisect_plan_make(&b->plan, &seen))
		return false;
	*outcome = BISECT_DECLINED;
	return !b->hooks->planned || b->hooks->planned(b);
}

static bool verify(struct bisect *b, enum bisect_outcome *outcome)
{
	if (!test(b, BISECT_VERIFY, b->good, outcome))
		return false;
	*outcome = last_is(b, BISECT_SKIP) ? BISECT_CANNOT_TEST : BISECT_GOOD_IS_BAD;
	return last_is(b, BISECT_GOOD);
}

static bool search(struct bisect *b, enum bisect_outcome *outcome)
{
	enum bisect_next next;
	char *id = NULL;

	while ((next = b->ops->next(b->space, &id, &b->why)) == BISECT_NEXT_TEST) {
		bool judged = test(b, BISECT_STEP, id, outcome);

		if (judged)
			b->ops->mark(b->space, id, b->tests[b->n - 1].judged);
		free(id);
		id = NULL;
		if (!judged)
			return false;
	}
	*outcome = next == BISECT_NEXT_SET ? BISECT_SET : BISECT_SPACE_FAILED;
	if (next != BISECT_NEXT_FOUND)
		return false;
	b->culprit = id;
	b->parent = b->ops->parent(b->space, id);
	return true;
}

/* Fresh runs: what was found must be seen once more, on both sides of it. */
static enum bisect_outcome confirm(struct bisect *b)
{
	enum bisect_judgement culprit = b->fix ? BISECT_GOOD : BISECT_BAD,
			      parent = b->fix ? BISECT_BAD : BISECT_GOOD;
	enum bisect_outcome outcome;
	bool same;

	if (!test(b, BISECT_CULPRIT, b->culprit, &outcome))
		return outcome;
	same = last_is(b, culprit);
	if (!test(b, BISECT_PARENT, b->parent, &outcome))
		return outcome;
	return same && last_is(b, parent) ? BISECT_FOUND : BISECT_UNCONFIRMED;
}

enum bisect_outcome bisect_drive(struct bisect *b)
{
	enum bisect_outcome outcome;

	if (!measure(b, &outcome) || !verify(b, &outcome) || !search(b, &outcome))
		return outcome;
	return confirm(b);
}

const struct bisect_test *bisect_find(const struct bisect *b, enum bisect_phase phase,
				      const char *id)
{
	for (size_t i = b->n; i--;)
		if (b->tests[i].phase == phase && (!id || !strcmp(b->tests[i].id, id)))
			return &b->tests[i];
	return NULL;
}

void bisect_free(struct bisect *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->tests[i].id);
		free(b->tests[i].why);
	}
	free(b->tests);
	free(b->culprit);
	free(b->parent);
	free(b->why);
}
