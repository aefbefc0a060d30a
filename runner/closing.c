// SPDX-License-Identifier: GPL-2.0-or-later
#include "closing.h"

#include "groups.h"
#include "js.h"
#include "mem.h"
#include "record.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_SHOWN 3

static void counts(const struct record *r)
{
	static const enum verdict order[] = { VERDICT_PASS,   VERDICT_CORRUPT,	    VERDICT_CRASHED,
					      VERDICT_BROKEN, VERDICT_INCONCLUSIVE, VERDICT_SKIP,
					      VERDICT_NOTRUN };
	struct record_totals t;
	const char *comma = "";

	record_totals(r, &t);
	printf("\n%zu case%s: ", r->n, r->n == 1 ? "" : "s");
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		if (t.verdicts[order[i]]) {
			printf("%s%u %s", comma, t.verdicts[order[i]], verdict_word(order[i]));
			comma = ", ";
		}
	if (t.known)
		printf(" (%u known)", t.known);
	if (r->passes > 1)
		printf(" in %u passes", r->passes);
	putchar('\n');
}

static void bad_in_passes(const struct record *r)
{
	unsigned int bad, all;

	for (size_t i = 0; i < r->n && r->passes > 1; i++) {
		const unsigned int *n = r->cases[i].counts;

		all = 0;
		for (int v = 0; v < VERDICT_COUNT; v++)
			all += n[v];
		bad = n[VERDICT_CORRUPT] + n[VERDICT_CRASHED];
		if (bad)
			printf("  %s was bad in %u of %u passes\n", r->cases[i].id, bad, all);
	}
}

static void faults(const struct record *r)
{
	const json_t *fault;

	for (size_t i = 0; i < json_array_size(r->faults); i++) {
		fault = json_array_get(r->faults, i);
		printf("  kernel fault: %s: %s\n", js_string(fault, "id"),
		       js_string(fault, "fault"));
	}
}

static void print_group(const char *text, const json_t *ids)
{
	size_t n = json_array_size(ids);

	printf("  %s (", text);
	for (size_t i = 0; i < n && i < IDS_SHOWN; i++)
		printf("%s%s", i ? ", " : "", json_string_value(json_array_get(ids, i)));
	if (n > IDS_SHOWN)
		printf(" and %zu more", n - IDS_SHOWN);
	puts(")");
}

/* Takes GROUPS over. */
static void print_groups(const char *what, json_t *groups)
{
	char *text;

	for (void *it = json_object_iter(groups); it; it = json_object_iter_next(groups, it)) {
		text = mem_text("%s%s", what, json_object_iter_key(it));
		print_group(text, json_object_iter_value(it));
		free(text);
	}
	json_decref(groups);
}

static void known(const struct record *r)
{
	json_t *bad = groups_known(r), *passed = groups_fixed(r, bad);

	print_groups("", bad);
	print_groups("passes here; is it fixed? ", passed);
}

static char *plural(unsigned int n, const char *one, const char *many)
{
	return mem_text("%u %s", n, n == 1 ? one : many);
}

static char *bad_sentence(const struct record *r, const struct record_totals *t)
{
	unsigned int corrupt = t->verdicts[VERDICT_CORRUPT];
	unsigned int known = record_strict(r) ? 0 : t->known;

	corrupt -= known < corrupt ? known : corrupt;
	if (corrupt && t->verdicts[VERDICT_CRASHED])
		return mem_text("lost writes in %u of %zu cases, and a crash or kernel fault in %u",
				corrupt, r->n, t->verdicts[VERDICT_CRASHED]);
	if (corrupt)
		return mem_text("lost writes in %u of %zu cases", corrupt, r->n);
	return mem_text("a crash or kernel fault in %u of %zu cases", t->verdicts[VERDICT_CRASHED],
			r->n);
}

/* Of a run that was ended before it was through. */
static char *so_far(const struct record_totals *t, const char *pass)
{
	unsigned int bad = t->verdicts[VERDICT_CORRUPT] + t->verdicts[VERDICT_CRASHED];

	return mem_text("interrupted; so far %s, %u corrupt or crashed, %u of them known", pass,
			bad, t->known);
}

static char *verdict_text(const struct record *r)
{
	struct record_totals t;
	char *pass, *text;

	record_totals(r, &t);
	pass = plural(t.verdicts[VERDICT_PASS], "case passes", "cases pass");
	switch (record_exit(r)) {
	case 130:
		text = so_far(&t, pass);
		break;
	case 1:
		text = bad_sentence(r, &t);
		break;
	case 2:
		text = mem_text("no new lost write found, but %u of %zu cases are broken and say "
				"nothing about the kernel",
				t.verdicts[VERDICT_BROKEN], r->n);
		break;
	case 77:
		text = mem_text("nothing conclusive, no case passes");
		break;
	default:
		if (t.known)
			text = mem_text("%u known lost write%s, no new one; %s", t.known,
					t.known == 1 ? "" : "s", pass);
		else
			text = mem_text("no lost write found, %s", pass);
	}
	free(pass);
	return text;
}

char *closing_sentence(const struct record *r)
{
	char *verdict = verdict_text(r);
	char *text = mem_text("Linux %s: %s.", js_string(r->run, "kernel"), verdict);

	free(verdict);
	return text;
}

void closing_print(const struct record *r, const char *dir)
{
	char *sentence = closing_sentence(r);

	counts(r);
	bad_in_passes(r);
	known(r);
	faults(r);
	print_groups("skipped: ", groups_skipped(r));
	printf("results: %s\n%s\n", dir, sentence);
	free(sentence);
}
