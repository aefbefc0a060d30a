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

/* Those that have a known bug, and show it or, PASSES, do not. */
static json_t *by_known(const struct record *r, bool passes, const json_t *but_these)
{
	json_t *groups = json_object();
	const struct outcome *shown;
	char *text;

	for (size_t i = 0; i < r->n; i++) {
		shown = record_shown(&r->cases[i]);
		if (shown->known == KNOWN_NOT ||
		    !(passes ? shown->verdict == VERDICT_PASS : outcome_is_bad(shown)))
			continue;
		text = mem_text("%s: %s", known_word(shown->known), shown->known_reason);
		if (!json_object_get(but_these, text))
			add_to(groups, text, r->cases[i].id);
		free(text);
	}
	return groups;
}

json_t *groups_known(const struct record *r)
{
	return by_known(r, false, NULL);
}

json_t *groups_fixed(const struct record *r, const json_t *known)
{
	return by_known(r, true, known);
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
	const char *reason = record_shown(c)->reason;

	add_to(groups, reason ? reason : "no reason given", c->id);
}

json_t *groups_skipped(const struct record *r)
{
	json_t *groups = json_object();
	const json_t *missing;

	for (size_t i = 0; i < r->n; i++) {
		if (record_shown(&r->cases[i])->verdict != VERDICT_SKIP)
			continue;
		missing = r->cases[i].missing;
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
		if (record_shown(&r->cases[i])->verdict == v)
			add_reason(groups, &r->cases[i]);
	return groups;
}
