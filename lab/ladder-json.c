// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "ladder-row.h"
#include "mem.h"

#include <stdlib.h>

static json_t *totals_json(const struct ladder *l, const struct ladder_kernel *k)
{
	struct ladder_row all = { .n = k->record.n };
	struct ladder_cell c = ladder_cell(l, k, &all);
	json_t *totals = json_object();

	for (int v = 0; v < VERDICT_COUNT; v++)
		json_object_set_new(totals, verdict_name(v), json_integer(c.counts[v]));
	json_object_set_new(totals, "known", json_integer(c.known));
	json_object_set_new(totals, "unexpected", json_integer(c.wrong));
	return totals;
}

static json_t *kernel_json(const struct ladder *l, const struct ladder_kernel *k)
{
	return json_pack(
		"{ss ss ss so so so si sf so so}", "label", k->label, "option", k->option + 2,
		"value", k->value, "kernel", js_text(js_string(k->record.run, "kernel")), "dir",
		js_text(k->dir), "said", js_text(k->record.n ? NULL : k->said), "exit", k->exit,
		"seconds", k->seconds, "vm",
		json_incref(k->record.run ? json_object_get(k->record.run, "vm") : json_null()),
		"totals", totals_json(l, k));
}

static json_t *cell_json(const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const struct record_case *c = record_find(&k->record, id);
	json_t *event = outcome_json(record_shown(c), id, c->program);
	static const char *const members[] = { "verdict", "seconds", "reason", "diagnosis",
					       "class",	  "known",   "replay", NULL };
	char *wrong = ladder_wrong(l, k, id);
	json_t *cell = json_object(), *member;

	for (size_t i = 0; members[i]; i++) {
		member = json_object_get(event, members[i]);
		json_object_set(cell, members[i], member ? member : json_null());
	}
	json_object_set_new(cell, "unexpected", js_text(wrong));
	json_decref(event);
	free(wrong);
	return cell;
}

static json_t *cases_json(const struct ladder *l)
{
	const struct ladder_kernel *rows = ladder_rows(l);
	json_t *cases = json_array(), *cells;

	for (size_t i = 0; rows && i < rows->record.n; i++) {
		const char *id = rows->record.cases[i].id;

		cells = json_object();
		for (size_t j = 0; j < l->n; j++)
			if (ladder_verdict(&l->kernels[j], id))
				json_object_set_new(cells, l->kernels[j].label,
						    cell_json(l, &l->kernels[j], id));
		json_array_append_new(cases, json_pack("{ss ss so}", "id", id, "program",
						       rows->record.cases[i].program, "on", cells));
	}
	return cases;
}

char *ladder_json(const struct ladder *l, int code)
{
	json_t *kernels = json_array(), *object;
	char *json, *text;

	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(kernels, kernel_json(l, &l->kernels[i]));
	object = json_pack("{si so so}", "exit", code, "kernels", kernels, "cases", cases_json(l));
	json = json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	text = mem_text("%s\n", json ? json : "{}");
	free(json);
	json_decref(object);
	return text;
}
