// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"
#include "js.h"
#include "mem.h"
#include "opt.h"
#include "record.h"
#include "text.h"
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOWN 10 /* of each kind, without --all */

static const char help[] =
	"usage: @ compare A B [--all] [--json|--html]\n\n"
	"What changed from run A to run B: cases that are newly corrupt, broken, or not tested any\n"
	"more; fixed ones; and what passes in both with less exposure or in twice the time.\n\n"
	"  --all    all cases of each kind; the default is the first 10\n"
	"  --json   as one JSON object\n"
	"  --html   as a page\n\n"
	"Exit: 0 nothing got worse, 1 something did, 2 a run cannot be read, 64 usage.\n\n"
	"  @ compare results/20261120T201500Z-6.12.57-lab3 results/latest\n"
	"  @ compare old new --html >changes.html\n"
	"  @ compare old new --json | jq '.changes[] | select(.change == \"newly-corrupt\")'\n";

static bool read_run(struct compare_side *s, int *code)
{
	char *why;

	if (!record_read(&s->record, s->dir, &why)) {
		*code = text_refuse(why);
		return false;
	}
	record_finish(&s->record);
	return true;
}

static json_t *side_json(const struct compare_side *s)
{
	return json_pack("{so sO sO si}", "dir", js_text(s->dir), "kernel",
			 json_object_get(s->record.run, "kernel"), "started",
			 json_object_get(s->record.run, "time"), "cases", (int)s->record.n);
}

static json_t *word_json(const struct outcome *o)
{
	return o ? json_string(verdict_name(o->verdict)) : json_null();
}

static void print_json(const struct compare *c, const struct compare_side *sides)
{
	json_t *list = json_array(), *counts = json_object(), *object;

	for (int i = 0; i < CHANGE_COUNT; i++)
		json_object_set_new(counts, compare_name(i), json_integer(c->counts[i]));
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(list, json_pack("{ss ss so so so}", "change",
						      compare_name(c->rows[i].change), "id",
						      c->rows[i].id, "before",
						      word_json(c->rows[i].before), "after",
						      word_json(c->rows[i].after), "why",
						      js_text(c->rows[i].why)));
	object = json_pack("{si so so sb so so}", "schema", 1, "a", side_json(&sides[0]), "b",
			   side_json(&sides[1]), "worse", compare_is_worse(c), "counts", counts,
			   "changes", list);
	json_dumpf(object, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(object);
}

static const char *word(const struct outcome *o)
{
	return o ? verdict_word(o->verdict) : "-";
}

static void print_row(const struct compare_row *r)
{
	printf("  %-12s %-12s %s", word(r->before), word(r->after), r->id);
	if (r->why)
		printf("\n%28s%s", "", r->why);
	putchar('\n');
}

static void print_text(const struct compare *c, const struct compare_side *sides, bool all)
{
	size_t shown = 0;

	for (int i = 0; i < 2; i++)
		printf("%c  Linux %s, %s, %zu cases: %s\n", 'A' + i,
		       js_string(sides[i].record.run, "kernel"),
		       js_string(sides[i].record.run, "time"), sides[i].record.n, sides[i].dir);
	for (size_t i = 0; i < c->n; i++) {
		enum change kind = c->rows[i].change;

		if (!i || kind != c->rows[i - 1].change) {
			printf("\n%zu %s\n", c->counts[kind], compare_word(kind));
			shown = 0;
		}
		if (all || shown < SHOWN)
			print_row(&c->rows[i]);
		if (!all && ++shown == SHOWN && c->counts[kind] > SHOWN)
			printf("  and %zu more; --all shows them\n", c->counts[kind] - SHOWN);
	}
	printf("\n%s\n", compare_sentence(c));
}

static int compare(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { "all", no_argument, NULL, 'a' },
						 { "json", no_argument, NULL, 'j' },
						 { "html", no_argument, NULL, 'p' },
						 { NULL, 0, NULL, 0 } };
	struct compare_side sides[2] = { 0 };
	bool all = false, json = false, page = false;
	struct compare c;
	int option, code = 0;

	while ((option = verb_option(v, argc, argv, options)) != -1)
		*(option == 'a' ? &all : option == 'j' ? &json : &page) = true;
	if (argc - optind < 2)
		opt_usage("compare: two run directories are expected; 'compare --help' says more");
	for (int i = 0; i < 2; i++)
		sides[i].dir = argv[optind++];
	verb_no_more(v, argc, argv);
	if (read_run(&sides[0], &code) && read_run(&sides[1], &code)) {
		compare_runs(&c, &sides[0].record, &sides[1].record);
		if (page)
			compare_html(stdout, &c, sides);
		else if (json)
			print_json(&c, sides);
		else
			print_text(&c, sides, all);
		code = compare_is_worse(&c);
		compare_free(&c);
	}
	record_free(&sides[0].record);
	record_free(&sides[1].record);
	return code;
}

const struct verb verb_compare = { "compare", "what changed from one run to another", help,
				   compare };
