// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include "closing.h"
#include "file.h"
#include "js.h"
#include "mem.h"
#include "record.h"
#include "report-html.h"

#include <errno.h>
#include <stdio.h>
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

static json_t *case_json(const struct record_case *c)
{
	static const char *const keys[] = { "verdict", "pass",	 "seconds", "reason", "diagnosis",
					    "class",   "replay", "scene",   "known",  NULL };
	const json_t *shown = record_shown(c);
	json_t *counters = json_object_get(shown, "counters");
	json_t *object = json_pack("{ss ss}", "id", c->id, "program", c->program);

	for (size_t i = 0; keys[i]; i++)
		json_object_set_new(object, keys[i], copy_or_null(shown, keys[i]));
	json_object_set(object, "counters", counters);
	json_object_set_new(object, "verdicts", counts_json(c->counts));
	json_object_set(object, "totals", c->totals);
	return object;
}

static json_t *summary(const struct record *r)
{
	static const char *const keys[] = { "version", "kernel", "host", "boot_id", "profile",
					    "seed",    "strict", "argv", NULL };
	struct record_totals t;
	char *sentence = closing_sentence(r);
	json_t *object = json_pack("{si}", "schema", 1), *cases = json_array();

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
	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(cases, case_json(&r->cases[i]));
	json_object_set_new(object, "cases", cases);
	free(sentence);
	return object;
}

static void ktap_said(FILE *out, const json_t *shown)
{
	static const char *const lines[] = { "corrupt", "diagnosis", "replay", "replay", NULL };
	json_t *counters = json_object_get(shown, "counters");
	const char *text;

	for (void *it = json_object_iter(counters); it; it = json_object_iter_next(counters, it))
		fprintf(out, "# counter %s %lld\n", json_object_iter_key(it),
			(long long)json_integer_value(json_object_iter_value(it)));
	if (json_is_number(json_object_get(shown, "seconds")))
		fprintf(out, "# seconds %.3f\n", js_number(shown, "seconds"));
	for (size_t i = 0; lines[i]; i += 2) {
		text = js_string(shown, lines[i + 1]);
		if (text)
			fprintf(out, "# %s %s\n", lines[i], text);
	}
}

static void ktap_result(FILE *out, size_t number, const struct record_case *c, bool strict)
{
	static const struct {
		bool ok;
		const char *directive;
	} forms[VERDICT_COUNT] = {
		[VERDICT_PASS] = { true, NULL },
		[VERDICT_CORRUPT] = { false, NULL },
		[VERDICT_INCONCLUSIVE] = { true, "SKIP inconclusive: " },
		[VERDICT_SKIP] = { true, "SKIP " },
		[VERDICT_BROKEN] = { false, "ERROR " },
		[VERDICT_CRASHED] = { false, "ERROR crashed: " },
		[VERDICT_NOTRUN] = { true, "SKIP not run: " },
	};
	const json_t *shown = record_shown(c), *known = json_object_get(shown, "known");
	enum verdict v = record_verdict(shown);
	const char *reason = js_string(shown, "reason");

	fprintf(out, "%s %zu %s", forms[v].ok ? "ok" : "not ok", number, c->id);
	if (record_is_known(shown) && !strict)
		fprintf(out, " # TODO %s: %s", record_known_word(shown),
			js_string(known, "reason"));
	else if (forms[v].directive)
		fprintf(out, " # %s%s", forms[v].directive, reason ? reason : "");
	putc('\n', out);
}

static char *ktap(const struct record *r)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "KTAP version 1\n1..%zu\n", r->n);
	for (size_t i = 0; i < r->n; i++) {
		ktap_said(out, record_shown(&r->cases[i]));
		ktap_result(out, i + 1, &r->cases[i], record_strict(r));
	}
	fclose(out);
	return text;
}

static bool replace(const char *dir, const char *name, char *text, char **why)
{
	char *path = mem_text("%s/%s", dir, name);
	bool ok = file_replace(path, text, strlen(text));

	if (!ok)
		*why = mem_text("cannot write %s: %s", path, strerror(errno));
	free(path);
	free(text);
	return ok;
}

bool report_write(const struct record *r, const char *dir, char **why)
{
	json_t *object = summary(r);
	char *json = json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	char *text = mem_text("%s\n", json);

	free(json);
	json_decref(object);
	return replace(dir, "summary.json", text, why) &&
	       replace(dir, "results.ktap", ktap(r), why) &&
	       replace(dir, "report.html", report_html(r, dir), why);
}
