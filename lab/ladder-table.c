// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "ladder-row.h"
#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_MIN 11 /* "120 CORRUPT" */

const char *ladder_word(const struct outcome *o)
{
	if (!o)
		return "-";
	if (outcome_is_known(o))
		return known_name(o->known);
	switch (o->verdict) {
	case VERDICT_CORRUPT:
		return "CORRUPT";
	case VERDICT_CRASHED:
		return "CRASHED";
	case VERDICT_INCONCLUSIVE:
		return "inconcl.";
	default:
		return verdict_name(o->verdict);
	}
}

static int column(const struct ladder_kernel *k)
{
	int len = strlen(k->label);

	return len < COLUMN_MIN ? COLUMN_MIN : len;
}

static int name_width(const struct ladder *l)
{
	struct ladder_row row = { NULL };
	int width = 4, len;

	while (ladder_row_next(l, &row)) {
		len = strlen(row.name);
		width = len > width ? len : width;
	}
	return width;
}

unsigned int ladder_table_width(const struct ladder *l)
{
	unsigned int width = name_width(l);

	for (size_t i = 0; i < l->n; i++)
		width += 2 + column(&l->kernels[i]);
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
	const char *accel = js_string(json_object_get(k->record.run, "vm"), "accel");
	struct ladder_row all = { .n = k->record.n };
	struct ladder_cell sum;
	char *counts, *again;

	printf("%s: ", k->label);
	if (!k->record.n) {
		printf("no results: %s\n", k->said ? k->said : "it said nothing");
		return;
	}
	sum = ladder_cell(l, k, &all);
	counts = ladder_cell_counts(&sum);
	again = ladder_reboots(k);
	printf("Linux %s (%s), %.1f s: %s%s\n", ladder_release(k), accel ? accel : "?", k->seconds,
	       counts, again ? "; booted again, see below" : "");
	free(counts);
	free(again);
}

static void print_heading(const struct ladder *l)
{
	printf("\n%-*s", name_width(l), "case");
	for (size_t i = 0; i < l->n; i++)
		printf("  %-*s", column(&l->kernels[i]), l->kernels[i].label);
	putchar('\n');
}

static void print_row(const struct ladder *l, const struct ladder_row *row)
{
	printf("%-*s", name_width(l), row->name);
	for (size_t i = 0; i < l->n; i++) {
		const struct ladder_kernel *k = &l->kernels[i];
		struct ladder_cell cell = ladder_cell(l, k, row);
		char *text = ladder_cell_text(k, row, &cell);

		printf("  %s%-*s%s", text_colour(&l->term, cell.worst), column(k), text,
		       term_colour(&l->term, TERM_PLAIN));
		free(text);
	}
	putchar('\n');
}

unsigned int ladder_print_table(const struct ladder *l)
{
	struct ladder_row row = { NULL };
	unsigned int lines = 2;

	if (!ladder_rows(l))
		return 0;
	for (print_heading(l); ladder_row_next(l, &row); lines++)
		print_row(l, &row);
	return lines;
}

/* A program's last word can still change its verdicts: it counts when the next one has begun. */
static bool is_over(const struct ladder_kernel *k, const struct ladder_kernel *rows,
		    const struct ladder_row *row)
{
	size_t next = row->first + row->n;
	const struct record_case *cases = rows->record.cases, *c;

	while (next < rows->record.n && !strcmp(cases[next].program, cases[row->first].program))
		next++;
	if (k->state == LADDER_DONE)
		return true;
	c = next < rows->record.n ? record_find(&k->record, cases[next].id) : NULL;
	return c && (k->record.running == c || record_shown(c));
}

static bool is_known_everywhere(const struct ladder *l, const struct ladder_row *row)
{
	for (size_t i = 0; i < l->n; i++)
		if (!is_over(&l->kernels[i], ladder_rows(l), row))
			return false;
	return true;
}

void ladder_print_rows(struct ladder *l)
{
	struct ladder_row row = l->shown;

	while (ladder_row_next(l, &row) && is_known_everywhere(l, &row)) {
		term_clear(&l->term);
		if (!l->shown.n)
			print_heading(l);
		print_row(l, &row);
		l->shown = row;
	}
	fflush(stdout);
}
