// SPDX-License-Identifier: GPL-2.0-or-later
#include "order.h"

#include "turn.h"
#include "words.h"

#include <inttypes.h>

uint64_t order_seed(const struct turn *t)
{
	return (t->run->opt->seed + t->pass - 1) & INT64_MAX;
}

static void add_number(struct words *w, const char *option, uint64_t value)
{
	words_add(w, option);
	words_print(w, "%" PRIu64, value);
}

char **order_argv(const struct turn *t)
{
	const struct run_options *opt = t->run->opt;
	const struct suite_program *p = t->program;
	bool all = suite_selected(p) == p->n_cells;
	struct words w = { .n = 0 };

	words_add(&w, p->path);
	for (size_t i = 0; i < p->n_cells && !all; i++)
		if (p->cells[i].selected) {
			words_add(&w, "--cell");
			words_add(&w, p->cells[i].id);
		}
	add_number(&w, "--seed", order_seed(t));
	if (opt->seconds)
		add_number(&w, "--seconds", t->seconds);
	else if (t->seconds != p->seconds)
		add_number(&w, "--limit", t->seconds);
	if (opt->rounds)
		add_number(&w, "--rounds", opt->rounds);
	if (opt->verbose)
		words_add(&w, "--verbose");
	return w.list;
}
