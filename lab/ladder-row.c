// SPDX-License-Identifier: GPL-2.0-or-later
#include "ladder-row.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX_MIN 20 /* cells */

bool ladder_row_next(const struct ladder *l, struct ladder_row *row)
{
	const struct ladder_kernel *k = ladder_rows(l);
	size_t at = row->first + row->n;
	bool starts;

	if (!k || at >= k->record.n)
		return false;
	starts = !at || strcmp(k->record.cases[at].program, k->record.cases[at - 1].program);
	row->first = at;
	row->n = starts ? record_same_program(&k->record, at) : 1;
	if (row->n < MATRIX_MIN)
		row->n = 1;
	row->name = row->n > 1 ? k->record.cases[at].program : k->record.cases[at].id;
	return true;
}

bool ladder_in_matrix(const struct ladder_kernel *k, const struct record_case *c)
{
	const struct record *r = &k->record;
	size_t n = 0;

	for (size_t i = 0; i < r->n && n < MATRIX_MIN; i++)
		n += !strcmp(r->cases[i].program, c->program);
	return n >= MATRIX_MIN;
}

/* A known one says less than a new one, and more than a pass. */
static int weight(const struct outcome *o)
{
	if (outcome_is_known(o))
		return 2 * verdict_rank(VERDICT_PASS) + 1;
	return 2 * verdict_rank(o->verdict);
}

struct ladder_cell ladder_cell(const struct ladder *l, const struct ladder_kernel *k,
			       const struct ladder_row *row)
{
	const struct ladder_kernel *rows = ladder_rows(l);
	struct ladder_cell cell = { .worst = NULL };

	for (size_t i = row->first; i < row->first + row->n && i < rows->record.n; i++) {
		const char *id = rows->record.cases[i].id;
		const struct outcome *o = ladder_verdict(k, id);
		char *wrong = ladder_wrong(l, k, id);

		cell.wrong += wrong != NULL;
		free(wrong);
		if (!o) {
			cell.none++;
			continue;
		}
		if (outcome_is_known(o))
			cell.known++;
		else
			cell.counts[o->verdict]++;
		if (!cell.worst || weight(o) > weight(cell.worst))
			cell.worst = o;
	}
	return cell;
}

static const char *pending(const struct ladder_kernel *k)
{
	return k->state == LADDER_RUNS ? "..." : k->state == LADDER_WAITS ? "" : "-";
}

char *ladder_cell_text(const struct ladder_kernel *k, const struct ladder_row *row,
		       const struct ladder_cell *cell)
{
	const char *mark = cell->wrong ? " !" : "";
	const char *more = cell->none && k->state == LADDER_RUNS ? "..." : "";
	unsigned int n;

	if (!cell->worst)
		return mem_copy(pending(k));
	if (row->n == 1)
		return mem_text("%s%s", ladder_word(cell->worst), mark);
	if (outcome_is_known(cell->worst))
		return mem_text("%u known%s%s", cell->known, more, mark);
	n = cell->counts[cell->worst->verdict];
	return mem_text("%u %s%s%s", n, ladder_word(cell->worst), more, mark);
}

char *ladder_cell_counts(const struct ladder_cell *cell)
{
	static const enum verdict order[] = { VERDICT_CORRUPT, VERDICT_CRASHED,
					      VERDICT_BROKEN,  VERDICT_PASS,
					      VERDICT_SKIP,    VERDICT_INCONCLUSIVE,
					      VERDICT_NOTRUN };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *comma = "";

	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		if (cell->counts[order[i]]) {
			fprintf(out, "%s%u %s", comma, cell->counts[order[i]],
				verdict_name(order[i]));
			comma = ", ";
		}
		if (order[i] == VERDICT_BROKEN && cell->known) {
			fprintf(out, "%s%u known", comma, cell->known);
			comma = ", ";
		}
	}
	fclose(out);
	return text;
}
