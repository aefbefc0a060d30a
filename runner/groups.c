// SPDX-License-Identifier: GPL-2.0-or-later
#include "groups.h"

#include "js.h"
#include "mem.h"

#include <stdlib.h>

static void add_to(json_t *groups, const char *text, const char *id)
{
	json_t *ids = json_object_get(groups, text);

	if (!ids) {
		ids = json_array();
		json_object_set_new(groups, text, ids);
	}
	json_array_append_new(ids, json_string(id));
}

static char *known_text(const json_t *shown)
{
	const json_t *why = json_object_get(shown, "known");

	if (!json_is_object(why))
		return NULL;
	return mem_text("%s: %s", record_known_word(shown), js_string(why, "reason"));
}

json_t *groups_known(const struct record *r)
{
	json_t *groups = json_object();
	const json_t *shown;
	char *text;

	for (size_t i = 0; i < r->n; i++) {
		shown = record_shown(&r->cases[i]);
		text = record_is_known(shown) ? known_text(shown) : NULL;
		if (text)
			add_to(groups, text, r->cases[i].id);
		free(text);
	}
	return groups;
}

json_t *groups_fixed(const struct record *r, const json_t *known)
{
	json_t *groups = json_object();
	const json_t *shown;
	char *text;

	for (size_t i = 0; i < r->n; i++) {
		shown = record_shown(&r->cases[i]);
		text = record_verdict(shown) == VERDICT_PASS ? known_text(shown) : NULL;
		if (text && !json_object_get(known, text))
			add_to(groups, text, r->cases[i].id);
		free(text);
	}
	return groups;
}

static void add_need(json_t *groups, const json_t *need, const char *id)
{
	const char *reason = js_string(need, "reason"), *remedy = js_string(need, "remedy");
	char *text = mem_text("%s%s%s", reason ? reason : js_string(need, "name"),
			      remedy ? "; " : "", remedy ? remedy : "");

	add_to(groups, text, id);
	free(text);
}

static void add_reason(json_t *groups, const struct record_case *c)
{
	const char *reason = js_string(record_shown(c), "reason");

	add_to(groups, reason ? reason : "no reason given", c->id);
}

json_t *groups_skipped(const struct record *r)
{
	json_t *groups = json_object();
	const json_t *missing;

	for (size_t i = 0; i < r->n; i++) {
		if (record_verdict(record_shown(&r->cases[i])) != VERDICT_SKIP)
			continue;
		missing = json_object_get(r->cases[i].info, "missing");
		if (!json_array_size(missing))
			add_reason(groups, &r->cases[i]);
		for (size_t j = 0; j < json_array_size(missing); j++)
			add_need(groups, json_array_get(missing, j), r->cases[i].id);
	}
	return groups;
}

json_t *groups_reasons(const struct record *r, enum verdict v)
{
	json_t *groups = json_object();

	for (size_t i = 0; i < r->n; i++)
		if (record_verdict(record_shown(&r->cases[i])) == v)
			add_reason(groups, &r->cases[i]);
	return groups;
}
