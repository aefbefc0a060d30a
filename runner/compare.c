// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include "js.h"
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

static bool is_silent(const json_t *verdict)
{
	enum verdict v = record_verdict(verdict);

	return v == VERDICT_SKIP || v == VERDICT_INCONCLUSIVE || v == VERDICT_NOTRUN;
}

/* The first counter that fell below a half. */
static char *less_exposed(const json_t *before, const json_t *after)
{
	json_t *was = json_object_get(before, "counters");
	const json_t *is = json_object_get(after, "counters");

	for (void *it = json_object_iter(was); it; it = json_object_iter_next(was, it)) {
		json_int_t a = json_integer_value(json_object_iter_value(it));
		json_int_t b = json_integer_value(json_object_get(is, json_object_iter_key(it)));

		if (2 * b < a)
			return mem_text("%s %lld, was %lld", json_object_iter_key(it), (long long)b,
					(long long)a);
	}
	return NULL;
}

static char *slower(const json_t *before, const json_t *after)
{
	double a = js_number(before, "seconds"), b = js_number(after, "seconds");

	return b > 2 * a && b > a + 1 ? mem_text("%.1f s, was %.1f s", b, a) : NULL;
}

static enum change both_pass(const json_t *before, const json_t *after, char **why)
{
	*why = less_exposed(before, after);
	if (*why)
		return CHANGE_EXPOSURE;
	*why = slower(before, after);
	return *why ? CHANGE_SLOWER : CHANGE_NONE;
}

static enum change judge(const json_t *before, const json_t *after, char **why)
{
	bool passes = record_verdict(after) == VERDICT_PASS;

	if (record_verdict(before) == VERDICT_PASS && passes)
		return both_pass(before, after, why);
	*why = mem_copy(record_said(passes ? before : after));
	if (record_is_bad(after) && record_is_known(after))
		return record_is_bad(before) ? CHANGE_NONE : CHANGE_KNOWN;
	if (record_is_bad(after)) /* a new one in place of a known one is new */
		return record_is_bad(before) && !record_is_known(before) ? CHANGE_NONE
									 : CHANGE_CORRUPT;
	if (record_verdict(after) == VERDICT_BROKEN)
		return record_verdict(before) == VERDICT_BROKEN ? CHANGE_NONE : CHANGE_BROKEN;
	if (is_silent(after))
		return is_silent(before) ? CHANGE_NONE : CHANGE_UNTESTED;
	return record_is_bad(before) ? CHANGE_FIXED : CHANGE_TESTED;
}

static void add(struct compare *c, enum change change, const char *id, const json_t *before,
		const json_t *after, char *why)
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
	const json_t *before = then ? record_shown(then) : NULL;
	const json_t *after = now ? record_shown(now) : NULL;
	const char *id = then ? then->id : now->id;
	enum change change;
	char *why = NULL;

	if (before && after)
		change = judge(before, after, &why);
	else if (after)
		change = record_is_bad(after) && !record_is_known(after) ? CHANGE_CORRUPT
									 : CHANGE_ADDED;
	else
		change = CHANGE_GONE;
	if (!why && change == CHANGE_CORRUPT)
		why = mem_copy(record_said(after));
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
