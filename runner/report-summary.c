// SPDX-License-Identifier: GPL-2.0-or-later
#include "closing.h"
#include "js.h"
#include "record.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

static json_t *copy_or_null(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

static json_t *counts_json(const unsigned int counts[VERDICT_COUNT])
{
	json_t *object = json_object();

	for (int v = 0; v < VERDICT_COUNT; v++)
		json_object_set_new(object, verdict_name(v), json_integer(counts[v]));
	return object;
}

static json_t *head_json(const struct record *r)
{
	static const char *const keys[] = { "version", "kernel", "host", "boot_id", "profile",
					    "seed",    "strict", "argv", NULL };
	struct record_totals t;
	char *sentence = closing_sentence(r);
	json_t *object = json_pack("{si}", "schema", 1);

	record_totals(r, &t);
	for (size_t i = 0; keys[i]; i++)
		json_object_set_new(object, keys[i], copy_or_null(r->run, keys[i]));
	json_object_set_new(object, "started", copy_or_null(r->run, "time"));
	json_object_set_new(object, "ended", copy_or_null(r->end, "time"));
	json_object_set_new(object, "finished", json_boolean(r->end));
	json_object_set_new(object, "interrupted", json_boolean(r->interrupted));
	json_object_set_new(object, "passes", json_integer(r->passes));
	json_object_set_new(object, "exit", json_integer(record_exit(r)));
	json_object_set_new(object, "sentence", js_text(sentence));
	json_object_set_new(object, "counts", counts_json(t.verdicts));
	json_object_set_new(object, "known", json_integer(t.known));
	json_object_set(object, "kernel_faults", r->faults);
	if (record_reboots(r))
		json_object_set(object, "reboots", (json_t *)record_reboots(r));
	free(sentence);
	return object;
}

static void put_text(FILE *out, const char *key, const char *text)
{
	if (text)
		js_write_member(out, key, text);
	else
		fprintf(out, ", \"%s\": null", key);
}

static void put_known(FILE *out, const struct outcome *o)
{
	if (o->known == KNOWN_NOT) {
		fputs(", \"known\": null", out);
		return;
	}
	fprintf(out, ", \"known\": {\"kind\": \"%s\"", known_name(o->known));
	put_text(out, "reason", o->known_reason);
	putc('}', out);
}

static void put_verdicts(FILE *out, const unsigned int counts[VERDICT_COUNT])
{
	fputs(", \"verdicts\": {", out);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		fputs(v ? ", \"" : "\"", out);
		fputs(verdict_name(v), out);
		fprintf(out, "\": %u", counts[v]);
	}
	putc('}', out);
}

/* One line a case: without a tree of all, 100,000 of them are no burden. */
static void put_case(FILE *out, const struct record_case *c)
{
	const struct outcome *o = record_shown(c);

	fputs("  {\"id\": ", out);
	js_write(out, c->id);
	put_text(out, "program", c->program);
	put_text(out, "verdict", verdict_name(o->verdict));
	fprintf(out, ", \"pass\": %u, \"seconds\": ", o->pass);
	fprintf(out, o->seconds < 0 ? "null" : "%.3f", o->seconds);
	put_text(out, "reason", o->reason);
	put_text(out, "diagnosis", o->diagnosis);
	put_text(out, "class", o->class);
	put_text(out, "replay", o->replay);
	put_text(out, "scene", o->scene);
	put_known(out, o);
	outcome_write_counters(out, "counters", o->counters, o->n_counters);
	put_verdicts(out, c->counts);
	outcome_write_counters(out, "totals", c->totals, c->n_totals);
	putc('}', out);
}

void report_summary(FILE *out, const struct record *r, const char *dir)
{
	json_t *head = head_json(r);
	char *text = json_dumps(head, JSON_INDENT(1) | JSON_REAL_PRECISION(6));

	(void)dir;
	fprintf(out, "%.*s,\n \"cases\": [", (int)strlen(text) - 2, text);
	for (size_t i = 0; i < r->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_case(out, &r->cases[i]);
	}
	fputs("\n ]\n}\n", out);
	free(text);
	json_decref(head);
}
