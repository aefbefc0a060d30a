// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands below a ladder's table: reasons, the corrupt cells of matrices, the verdict. */
#include "js.h"
#include "ladder-row.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 10 /* cells of a matrix on a kernel, or differences of a kernel */

/* "skip: CASE: REASON" for what is no plain pass or new loss, a new string; else NULL. */
static char *note_on(const struct ladder_kernel *k, const struct record_case *c)
{
	const struct outcome *o = record_shown(c);
	const char *name = ladder_in_matrix(k, c) ? c->program : c->id;

	if (outcome_is_known(o))
		return mem_text("%s: %s: %s", known_word(o->known), name, o->known_reason);
	if (!o || o->verdict == VERDICT_PASS || o->verdict == VERDICT_CORRUPT)
		return NULL;
	return mem_text("%s: %s: %s", verdict_word(o->verdict), name,
			o->reason ? o->reason : "no reason given");
}

/* Each note once, with how many cases of which kernels it is about. */
static json_t *collect_notes(const struct ladder *l)
{
	json_t *notes = json_object(), *on;

	for (size_t i = 0; i < l->n; i++)
		for (size_t j = 0; j < l->kernels[i].record.n; j++) {
			const struct ladder_kernel *k = &l->kernels[i];
			char *note = note_on(k, &k->record.cases[j]);

			if (!note)
				continue;
			js_clean(note);
			on = json_object_get(notes, note);
			if (!on) {
				on = json_object();
				json_object_set_new(notes, note, on);
			}
			json_object_set_new(on, k->label,
					    json_integer(1 + (json_int_t)js_number(on, k->label)));
			free(note);
		}
	return notes;
}

static void print_notes(const struct ladder *l)
{
	json_t *notes = collect_notes(l), *on, *n;
	const char *note, *label, *comma;

	json_object_foreach(notes, note, on)
	{
		printf("  %s (", note);
		comma = "";
		json_object_foreach(on, label, n)
		{
			printf("%s%s", comma, label);
			if (json_integer_value(n) > 1)
				printf(": %lld cells", (long long)json_integer_value(n));
			comma = ", ";
		}
		puts(")");
	}
	json_decref(notes);
}

/* Results of a second boot are results, but whoever reads them should know. */
static void print_reboots(const struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++) {
		char *again = ladder_reboots(&l->kernels[i]);

		if (again)
			printf("  %s: %s\n", l->kernels[i].label, again);
		free(again);
	}
}

static void print_matrix(const struct ladder *l, const struct ladder_kernel *k,
			 const struct ladder_row *row)
{
	const struct ladder_kernel *rows = ladder_rows(l);
	struct ladder_cell cell = ladder_cell(l, k, row);
	unsigned int bad = cell.counts[VERDICT_CORRUPT] + cell.counts[VERDICT_CRASHED], told = 0;
	char *counts = ladder_cell_counts(&cell);

	if (*counts)
		printf("  %s on %s: %s\n", row->name, k->label, counts);
	free(counts);
	for (size_t i = row->first; i < row->first + row->n && told < bad; i++) {
		const char *id = rows->record.cases[i].id;
		const struct outcome *o = ladder_verdict(k, id);

		if (!outcome_is_new(o))
			continue;
		if (told++ == LISTED_MAX) {
			printf("    and %u more, in ladder.html\n", bad - LISTED_MAX);
			return;
		}
		printf("    %s %s\n", ladder_word(o), id);
	}
}

static void print_matrices(const struct ladder *l)
{
	struct ladder_row row = { NULL };

	while (ladder_row_next(l, &row))
		for (size_t i = 0; i < l->n && row.n > 1; i++)
			print_matrix(l, &l->kernels[i], &row);
}

/* True when it was one. */
static bool print_difference(const struct ladder *l, const struct ladder_kernel *k, const char *id,
			     unsigned int told)
{
	char *wrong = ladder_wrong(l, k, id);
	bool is = wrong;

	if (is && told < LISTED_MAX)
		printf("  different: %s on %s: %s, %s\n", id, ladder_release(k),
		       ladder_word(ladder_verdict(k, id)), wrong);
	free(wrong);
	return is;
}

static void print_differences(const struct ladder *l)
{
	for (size_t i = 0; l->expect && i < l->n; i++) {
		const struct ladder_kernel *k = &l->kernels[i];
		unsigned int n = 0;

		if (!k->record.n)
			printf("  different: %s: no results\n", k->label);
		for (size_t j = 0; j < k->record.n; j++)
			n += print_difference(l, k, k->record.cases[j].id, n);
		if (n > LISTED_MAX)
			printf("  different: on %s %u more, in ladder.html\n", ladder_release(k),
			       n - LISTED_MAX);
	}
}

/* The labels of the kernels whose exit code is CODE. True when there are some. */
static bool print_those(const struct ladder *l, int code, const char *what, const char *before)
{
	bool any = false;

	for (size_t i = 0; i < l->n; i++) {
		if (l->kernels[i].exit != code)
			continue;
		printf("%s%s%s", any ? ", " : before, any ? "" : what, l->kernels[i].label);
		any = true;
	}
	return any;
}

/* One line, whatever happened: the worst first. */
static void print_verdict(const struct ladder *l, unsigned int differences)
{
	static const struct {
		int code;
		const char *what;
	} said[] = {
		{ 1, "new lost writes or crashes on " },
		{ 2, "a test or the guest was broken on " },
		{ 64, "not understood for " },
		{ 130, "interrupted on " },
		{ 3, "nothing selected on " },
		{ 77, "nothing conclusive on " },
		{ 0, "nothing new on " },
	};
	const char *before = "";

	if (l->expect && !l->stop.asked) {
		if (differences)
			printf("%u difference%s from what is expected.\n", differences,
			       differences == 1 ? "" : "s");
		else
			printf("All as expected.\n");
		return;
	}
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		if (print_those(l, said[i].code, said[i].what, before))
			before = "; ";
	puts(".");
}

void ladder_print_end(const struct ladder *l, unsigned int differences)
{
	print_matrices(l);
	print_notes(l);
	print_reboots(l);
	print_differences(l);
	printf("results: %s/ladder.html, ladder.json\n", l->dir);
	print_verdict(l, differences);
}
