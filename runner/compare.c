// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *word;
	bool worse;
} changes[CHANGE_COUNT] = {
	[CHANGE_CORRUPT] = { "newly-corrupt", "newly corrupt", true },
	[CHANGE_BROKEN] = { "newly-broken", "newly broken", true },
	[CHANGE_UNTESTED] = { "no-longer-tested", "no longer tested", true },
	[CHANGE_KNOWN] = { "newly-known", "known bugs that show now", false },
	[CHANGE_FIXED] = { "fixed", "fixed", false },
	[CHANGE_TESTED] = { "newly-tested", "newly tested", false },
	[CHANGE_EXPOSURE] = { "exposure-fell", "less exposed", false },
	[CHANGE_SLOWER] = { "slower", "slower", false },
	[CHANGE_GONE] = { "gone", "only in the first run", false },
	[CHANGE_ADDED] = { "added", "only in the second run", false },
};

static bool is_silent(const struct outcome *verdict)
{
	enum verdict v = verdict->verdict;

	return v == VERDICT_SKIP || v == VERDICT_INCONCLUSIVE || v == VERDICT_NOTRUN;
}

/* The first counter that fell below a half. */
static char *less_exposed(const struct outcome *before, const struct outcome *after)
{
	for (size_t i = 0; i < before->n_counters; i++) {
		const struct counter *was = &before->counters[i];
		long long is = outcome_counter(after, was->name);

		if (2 * is < was->n)
			return mem_text("%s %lld, was %lld", was->name, is, was->n);
	}
	return NULL;
}

static char *slower(const struct outcome *before, const struct outcome *after)
{
	double a = before->seconds < 0 ? 0 : before->seconds, b = after->seconds;

	return b > 2 * a && b > a + 1 ? mem_text("%.1f s, was %.1f s", b, a) : NULL;
}

static enum change both_pass(const struct outcome *before, const struct outcome *after, char **why)
{
	*why = less_exposed(before, after);
	if (*why)
		return CHANGE_EXPOSURE;
	*why = slower(before, after);
	return *why ? CHANGE_SLOWER : CHANGE_NONE;
}

static enum change judge(const struct outcome *before, const struct outcome *after, char **why)
{
	bool passes = after->verdict == VERDICT_PASS;

	if (before->verdict == VERDICT_PASS && passes)
		return both_pass(before, after, why);
	*why = mem_copy(outcome_said(passes ? before : after));
	if (outcome_is_known(after))
		return outcome_is_bad(before) ? CHANGE_NONE : CHANGE_KNOWN;
	if (outcome_is_bad(after)) /* a new one in place of a known one is new */
		return outcome_is_new(before) ? CHANGE_NONE : CHANGE_CORRUPT;
	if (after->verdict == VERDICT_BROKEN)
		return before->verdict == VERDICT_BROKEN ? CHANGE_NONE : CHANGE_BROKEN;
	if (is_silent(after))
		return is_silent(before) ? CHANGE_NONE : CHANGE_UNTESTED;
	return outcome_is_bad(before) ? CHANGE_FIXED : CHANGE_TESTED;
}

static void add(struct compare *c, enum change change, const char *id, const struct outcome *before,
		const struct outcome *after, char *why)
{
	if (change == CHANGE_NONE) {
		free(why);
		return;
	}
	c->rows = mem_grow(c->rows, c->n + 1, sizeof(*c->rows));
	c->rows[c->n++] = (struct compare_row){ change, id, before, after, why };
	c->counts[change]++;
}

static void add_case(struct compare *c, const struct record_case *then,
		     const struct record_case *now)
{
	const struct outcome *before = then ? record_shown(then) : NULL;
	const struct outcome *after = now ? record_shown(now) : NULL;
	const char *id = then ? then->id : now->id;
	enum change change;
	char *why = NULL;

	if (before && after)
		change = judge(before, after, &why);
	else if (after)
		change = outcome_is_new(after) ? CHANGE_CORRUPT : CHANGE_ADDED;
	else
		change = CHANGE_GONE;
	if (!why && change == CHANGE_CORRUPT)
		why = mem_copy(outcome_said(after));
	add(c, change, id, before, after, why);
}

static int in_order(const void *a, const void *b)
{
	const struct compare_row *x = a, *y = b;

	return x->change == y->change ? strcmp(x->id, y->id) : (int)x->change - (int)y->change;
}

void compare_runs(struct compare *c, const struct record *before, const struct record *after)
{
	*c = (struct compare){ .n = 0 };
	for (size_t i = 0; i < before->n; i++)
		add_case(c, &before->cases[i], record_find(after, before->cases[i].id));
	for (size_t i = 0; i < after->n; i++)
		if (!record_find(before, after->cases[i].id))
			add_case(c, NULL, &after->cases[i]);
	if (c->n)
		qsort(c->rows, c->n, sizeof(*c->rows), in_order);
}

void compare_free(struct compare *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->rows[i].why);
	free(c->rows);
}

bool compare_worsens(enum change change)
{
	return changes[change].worse;
}

const char *compare_sentence(const struct compare *c)
{
	if (!c->n)
		return "Nothing changed.";
	return compare_is_worse(c) ? "Worse than before." : "Nothing got worse.";
}

bool compare_is_worse(const struct compare *c)
{
	for (int i = 0; i < CHANGE_COUNT; i++)
		if (changes[i].worse && c->counts[i])
			return true;
	return false;
}

const char *compare_name(enum change change)
{
	return changes[change].name;
}

const char *compare_word(enum change change)
{
	return changes[change].word;
}
