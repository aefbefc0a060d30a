// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "ladder.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_MIN 9

const char *ladder_word(const json_t *verdict)
{
	const char *kind = js_string(json_object_get(verdict, "known"), "kind");

	if (!verdict)
		return "-";
	if (record_is_known(verdict))
		return kind ? kind : "known";
	switch (record_verdict(verdict)) {
	case VERDICT_CORRUPT:
		return "CORRUPT";
	case VERDICT_CRASHED:
		return "CRASHED";
	case VERDICT_INCONCLUSIVE:
		return "inconcl.";
	default:
		return verdict_name(record_verdict(verdict));
	}
}

static const char *colour(const struct term *t, const json_t *verdict)
{
	switch (verdict ? record_verdict(verdict) : VERDICT_NOTRUN) {
	case VERDICT_PASS:
		return term_colour(t, TERM_GREEN);
	case VERDICT_CORRUPT:
	case VERDICT_CRASHED:
		return term_colour(t, record_is_known(verdict) ? TERM_YELLOW : TERM_RED);
	case VERDICT_BROKEN:
		return term_colour(t, TERM_RED);
	default:
		return term_colour(t, TERM_DIM);
	}
}

static int column(const struct ladder_kernel *k)
{
	int len = strlen(k->label);

	return len < COLUMN_MIN ? COLUMN_MIN : len;
}

static int id_width(const struct ladder *l)
{
	const struct ladder_kernel *rows = ladder_rows(l);
	int width = 4, len;

	for (size_t i = 0; rows && i < rows->record.n; i++) {
		len = strlen(rows->record.cases[i].id);
		width = len > width ? len : width;
	}
	return width;
}

void ladder_print_head(const struct ladder *l)
{
	printf("%zu kernel%s, %u at a time:", l->n, l->n == 1 ? "" : "s", l->jobs);
	for (size_t i = 0; i < l->n; i++)
		printf(" %s", l->kernels[i].label);
	printf("\n");
	fflush(stdout);
}

void ladder_print_kernel(const struct ladder *l, const struct ladder_kernel *k)
{
	static const enum verdict order[] = { VERDICT_PASS,   VERDICT_CORRUPT,	    VERDICT_CRASHED,
					      VERDICT_BROKEN, VERDICT_INCONCLUSIVE, VERDICT_SKIP,
					      VERDICT_NOTRUN };
	const char *comma = "", *accel = js_string(json_object_get(k->record.run, "vm"), "accel");
	struct record_totals t;

	printf("%s: ", k->label);
	if (!k->record.n) {
		printf("no results: %s\n", k->said ? k->said : "it said nothing");
		return;
	}
	record_totals(&k->record, &t);
	printf("Linux %s (%s), %.1f s: ", ladder_release(k), accel ? accel : "?", k->seconds);
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		if (t.verdicts[order[i]]) {
			printf("%s%u %s", comma, t.verdicts[order[i]], verdict_name(order[i]));
			comma = ", ";
		}
	if (t.known)
		printf(" (%u known)", t.known);
	printf("\n");
}

static void print_heading(const struct ladder *l)
{
	printf("\n%-*s", id_width(l), "case");
	for (size_t i = 0; i < l->n; i++)
		printf("  %-*s", column(&l->kernels[i]), l->kernels[i].label);
	putchar('\n');
}

static void print_row(const struct ladder *l, const char *id)
{
	printf("%-*s", id_width(l), id);
	for (size_t i = 0; i < l->n; i++) {
		const struct ladder_kernel *k = &l->kernels[i];
		const json_t *verdict = ladder_verdict(k, id);
		char *wrong = ladder_wrong(l, k, id);
		char *word = mem_text("%s%s", ladder_word(verdict), wrong ? " !" : "");

		printf("  %s%-*s%s", colour(&l->term, verdict), column(k), word,
		       term_colour(&l->term, TERM_PLAIN));
		free(word);
		free(wrong);
	}
	putchar('\n');
}

static bool is_known_everywhere(const struct ladder *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->kernels[i].state != LADDER_DONE && !ladder_verdict(&l->kernels[i], id))
			return false;
	return true;
}

void ladder_print_rows(struct ladder *l, bool all)
{
	const struct ladder_kernel *rows = ladder_rows(l);

	for (; rows && l->shown < rows->record.n; l->shown++) {
		const char *id = rows->record.cases[l->shown].id;

		if (!all && !is_known_everywhere(l, id))
			return;
		term_clear(&l->term);
		if (!l->shown)
			print_heading(l);
		print_row(l, id);
	}
	fflush(stdout);
}

/* Each kind of known bug and each reason to skip once, with the kernels where it was met. */
static void collect(json_t *notes, const struct ladder_kernel *k, const struct record_case *c)
{
	const json_t *shown = record_shown(c);
	const char *reason = js_string(shown, "reason"), *note;
	char *key = NULL;
	json_t *labels;

	if (record_is_known(shown))
		key = mem_text("%s: %s: %s", record_known_word(shown), c->id,
			       js_string(json_object_get(shown, "known"), "reason"));
	else if (shown && record_verdict(shown) != VERDICT_PASS &&
		 record_verdict(shown) != VERDICT_CORRUPT)
		key = mem_text("%s: %s: %s", verdict_name(record_verdict(shown)), c->id,
			       reason ? reason : "no reason given");
	if (!key)
		return;
	js_clean(key);
	note = key;
	labels = json_object_get(notes, note);
	if (!labels) {
		labels = json_array();
		json_object_set_new(notes, note, labels);
	}
	json_array_append_new(labels, json_string(k->label));
	free(key);
}

static void print_notes(const json_t *notes)
{
	for (void *it = json_object_iter((json_t *)notes); it;
	     it = json_object_iter_next((json_t *)notes, it)) {
		const json_t *labels = json_object_iter_value(it);

		printf("  %s (", json_object_iter_key(it));
		for (size_t i = 0; i < json_array_size(labels); i++)
			printf("%s%s", i ? ", " : "", json_string_value(json_array_get(labels, i)));
		puts(")");
	}
}

static void print_differences(const struct ladder *l)
{
	for (size_t i = 0; l->expect && i < l->n; i++) {
		const struct ladder_kernel *k = &l->kernels[i];

		if (!k->record.n)
			printf("  different: %s: no results\n", k->label);
		for (size_t j = 0; j < k->record.n; j++) {
			const char *id = k->record.cases[j].id;
			char *wrong = ladder_wrong(l, k, id);

			if (wrong)
				printf("  different: %s on %s: %s, %s\n", id, ladder_release(k),
				       ladder_word(ladder_verdict(k, id)), wrong);
			free(wrong);
		}
	}
}

void ladder_print_end(const struct ladder *l, unsigned int differences)
{
	json_t *notes = json_object();

	for (size_t i = 0; i < l->n; i++)
		for (size_t j = 0; j < l->kernels[i].record.n; j++)
			collect(notes, &l->kernels[i], &l->kernels[i].record.cases[j]);
	putchar('\n');
	print_notes(notes);
	json_decref(notes);
	print_differences(l);
	printf("results: %s/ladder.html, ladder.json\n", l->dir);
	if (l->expect && differences)
		printf("%u difference%s from what is expected.\n", differences,
		       differences == 1 ? "" : "s");
	else if (l->expect)
		printf("All as expected.\n");
}
