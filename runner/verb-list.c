// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "mem.h"
#include "pick.h"
#include "scenes.h"
#include "suite.h"
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_help[] =
	"usage: @ list [--match EXPR] [--all] [--json]\n\n"
	"One case a line: id, tags, and 'ok' or the needs that this machine lacks.\n\n"
	"  --match EXPR     only these cases\n"
	"  --all            and what a matrix leaves out, a pattern a line, and why\n"
	"  --json           one JSON object a line for each program instead: name, kind, summary,\n"
	"                   tags, needs, which of them are missing, the number of cells\n\n" PICK_HELP
	"\n"
	"  @ list\n"
	"  @ list --match 'uring* and swap'\n"
	"  @ list --all --match matrix-isolation | grep '^#'\n"
	"  @ list --json --match matrix\n";

static const char describe_help[] =
	"usage: @ describe [EXPR]\n\n"
	"One JSON object a line for each program with a selected case: what the program\n"
	"says about itself, and \"program\", its path. CASE/CELL has one cell only, with its\n"
	"\"scene\" where it is one.\n\n" PICK_HELP "\n"
	"  @ describe uring-fixed-clean-page | python3 -m json.tool\n";

#define SCENES_MAX 16 /* more cells than these are described without their scenes */

static char *tags_of(const struct suite_program *p)
{
	char *text = NULL;
	const json_t *tags = json_object_get(p->describe, "tags");
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < json_array_size(tags); i++)
		fprintf(out, "%s%s", i ? "," : "", json_string_value(json_array_get(tags, i)));
	fclose(out);
	return text;
}

static void print_missing(json_t *need, void *count)
{
	int *n = count;

	if (json_is_true(json_object_get(need, "ok")))
		return;
	printf("%s%s", (*n)++ ? ", " : "missing: ", js_string(need, "name"));
}

static void print_cell(const struct suite_program *p, const struct suite_cell *cell,
		       const char *tags, int id_width, int tag_width)
{
	int missing = 0;

	printf("%-*s  %-*s  ", id_width, cell->id, tag_width, tags);
	if (p->broken)
		printf("broken: %s", p->broken);
	else
		suite_needs(p, cell, print_missing, &missing);
	puts(missing || p->broken ? "" : "ok");
}

static void widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = strlen(text);
}

static void print_list(const struct suite *s)
{
	char **tags = mem_zero(s->n, sizeof(*tags));
	int id_width = 0, tag_width = 0;

	for (size_t i = 0; i < s->n; i++) {
		tags[i] = tags_of(&s->programs[i]);
		if (suite_selected(&s->programs[i]))
			widen(&tag_width, tags[i]);
		for (size_t j = 0; j < s->programs[i].n_cells; j++)
			if (s->programs[i].cells[j].selected)
				widen(&id_width, s->programs[i].cells[j].id);
	}
	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = 0; j < s->programs[i].n_cells; j++)
			if (s->programs[i].cells[j].selected)
				print_cell(&s->programs[i], &s->programs[i].cells[j], tags[i],
					   id_width, tag_width);
		free(tags[i]);
	}
	free(tags);
}

/* What its matrix leaves out, as the program tells it. */
static void print_left_out(const struct suite_program *p)
{
	const json_t *rules = json_object_get(p->describe, "cannot"), *rule;

	for (size_t i = 0; i < json_array_size(rules); i++) {
		rule = json_array_get(rules, i);
		printf("# %s.%s: %.0f are not there: %s\n", p->name, js_string(rule, "pattern"),
		       js_number(rule, "cells"), js_string(rule, "reason"));
	}
}

static void add_need(json_t *need, void *arg)
{
	json_t *object = arg, *name = json_object_get(need, "name");

	json_array_append(json_object_get(object, "needs"), name);
	if (!json_is_true(json_object_get(need, "ok")))
		json_array_append(json_object_get(object, "missing"), name);
}

static void print_json(const struct suite_program *p, bool all)
{
	static const char *const copied[] = { "kind", "summary", "tags", NULL };
	const struct suite_cell whole = { 0 }; /* needs all that the program does */
	json_t *object = json_pack("{s:s, s:I, s:[], s:[]}", "name", p->name, "cells",
				   (json_int_t)suite_selected(p), "needs", "missing");
	char *text;

	for (size_t i = 0; copied[i] && p->describe; i++)
		json_object_set(object, copied[i], json_object_get(p->describe, copied[i]));
	if (p->broken)
		json_object_set_new(object, "broken", js_text(p->broken));
	if (all && json_object_get(p->describe, "cannot"))
		json_object_set(object, "cannot", json_object_get(p->describe, "cannot"));
	suite_needs(p, &whole, add_need, object);
	text = json_dumps(object, 0);
	puts(text);
	free(text);
	json_decref(object);
}

static void print_programs(const struct suite *s, bool json, bool all)
{
	if (!json)
		print_list(s);
	for (size_t i = 0; i < s->n; i++) {
		if (suite_selected(&s->programs[i]) && json)
			print_json(&s->programs[i], all);
		else if (suite_selected(&s->programs[i]) && all)
			print_left_out(&s->programs[i]);
	}
}

static int list(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { "match", required_argument, NULL, 'm' },
						 { "all", no_argument, NULL, 'a' },
						 { "json", no_argument, NULL, 'j' },
						 { NULL, 0, NULL, 0 } };
	const char *match = NULL;
	bool all = false, json = false;
	struct suite *s;
	int code, c;

	while ((c = verb_option(v, argc, argv, options)) != -1) {
		match = c == 'm' ? optarg : match;
		all |= c == 'a';
		json |= c == 'j';
	}
	verb_no_more(v, argc, argv);
	s = pick_suite("list: --match", match, &code);
	if (!s)
		return code;
	print_programs(s, json, all);
	suite_free(s);
	return 0;
}

/* Where somebody asks for a cell or a few, these alone, with what they are as scenes. */
static void only_selected(const struct suite_program *p, json_t *object)
{
	size_t n = suite_selected(p);
	json_t *cells = json_array();
	char *scene;

	if (n == p->n_cells || n > SCENES_MAX) {
		json_decref(cells);
		return;
	}
	for (size_t i = 0; i < p->n_cells; i++) {
		json_t *cell = p->cells[i].selected ? json_deep_copy(p->cells[i].describe) : NULL;

		if (!cell)
			continue;
		scene = scenes_text(p, &p->cells[i]);
		if (scene)
			json_object_set_new(cell, "scene", json_string(scene));
		free(scene);
		json_array_append_new(cells, cell);
	}
	json_object_set_new(object, "cells", cells);
}

static void print_describe(const struct suite_program *p)
{
	json_t *object = p->describe ? json_copy(p->describe) : json_object();
	char *text;

	if (p->broken) {
		json_object_set_new(object, "name", js_text(p->name));
		json_object_set_new(object, "broken", js_text(p->broken));
	}
	json_object_set_new(object, "program", js_text(p->path));
	only_selected(p, object);
	text = json_dumps(object, 0);
	puts(text);
	free(text);
	json_decref(object);
}

static int describe(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	char *match;
	struct suite *s;
	int code;

	verb_option(v, argc, argv, options);
	match = optind < argc ? scenes_id(argv[optind++]) : NULL;
	verb_no_more(v, argc, argv);
	s = pick_suite("describe", match, &code);
	free(match);
	if (!s)
		return code;
	for (size_t i = 0; i < s->n; i++)
		if (suite_selected(&s->programs[i]))
			print_describe(&s->programs[i]);
	suite_free(s);
	return 0;
}

const struct verb verb_list = { "list", "the cases, their tags and what they lack here", list_help,
				list };
const struct verb verb_describe = { "describe", "all about cases, as JSON", describe_help,
				    describe };
