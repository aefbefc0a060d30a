// SPDX-License-Identifier: GPL-2.0-or-later
#include "shard.h"

#include "mem.h"
#include "opt.h"
#include "record.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 1000
#define MANY_CELLS 100 /* such a program is dealt out cell by cell */

/* What goes to one machine as a whole: a program, or a cell of one. */
struct unit {
	struct suite_cell *cells;
	size_t n;
	double seconds;
};

struct units {
	struct unit *list;
	size_t n;
};

void shard_parse(const char *option, const char *text, struct shard *shard)
{
	char *slash = strchr(text, '/'), *number;

	if (!slash)
		opt_usage("%s: '%.40s' is not N/M, such as 2/5", option, text);
	number = mem_text("%.*s", (int)(slash - text), text);
	shard->of = opt_number(option, slash + 1, 1, SHARDS_MAX);
	shard->number = opt_number(option, number, 1, shard->of);
	free(number);
}

static double seconds_of(const struct suite_program *p, const struct suite_cell *cell,
			 const struct record *times)
{
	const struct record_case *c = times ? record_find(times, cell->id) : NULL;
	const struct outcome *o = c ? record_shown(c) : NULL;

	if (o && o->seconds >= 0)
		return o->seconds;
	return o ? 0 : (double)p->seconds / p->n_cells;
}

static void add(struct units *u, struct suite_cell *cells, size_t n, double seconds)
{
	u->list = mem_grow(u->list, u->n + 1, sizeof(*u->list));
	u->list[u->n++] = (struct unit){ cells, n, seconds };
}

static void add_program(struct units *u, struct suite_program *p, const struct record *times)
{
	double all = 0;

	for (size_t i = 0; i < p->n_cells; i++) {
		double seconds = seconds_of(p, &p->cells[i], times);

		if (!p->cells[i].selected)
			continue;
		if (p->n_cells >= MANY_CELLS)
			add(u, &p->cells[i], 1, seconds);
		all += seconds;
	}
	if (p->n_cells < MANY_CELLS && suite_selected(p))
		add(u, p->cells, p->n_cells, all);
}

/* The longest first; what takes as long, by name. */
static int longest_first(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? 1 : -1;
	return strcmp(x->cells->id, y->cells->id);
}

/* To who has least so far (R. L. Graham, 1969: at most a third more than the best deal). */
static void deal(struct units *u, const struct shard *shard)
{
	double *load = mem_zero(shard->of, sizeof(*load));

	qsort(u->list, u->n, sizeof(*u->list), longest_first);
	for (size_t i = 0; i < u->n; i++) {
		unsigned int to = 0;

		for (unsigned int j = 1; j < shard->of; j++)
			to = load[j] < load[to] ? j : to;
		load[to] += u->list[i].seconds;
		for (size_t j = 0; to != shard->number - 1 && j < u->list[i].n; j++)
			u->list[i].cells[j].selected = false;
	}
	free(load);
}

bool shard_apply(struct suite *s, const struct shard *shard, char **why)
{
	struct units u = { NULL };
	struct record times;
	bool ok = true;

	if (!shard->of)
		return true;
	if (shard->times) {
		ok = record_read(&times, shard->times, why);
		if (ok)
			record_finish(&times);
	}
	for (size_t i = 0; ok && i < s->n; i++)
		add_program(&u, &s->programs[i], shard->times ? &times : NULL);
	if (ok && u.n)
		deal(&u, shard);
	if (shard->times)
		record_free(&times);
	free(u.list);
	return ok;
}
