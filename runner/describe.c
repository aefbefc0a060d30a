// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include "js.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 86400

static const char id_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool describe_is_id(const char *id)
{
	size_t part;

	for (;; id += part + 1) {
		part = strspn(id, id_chars);
		if (!part || (id[part] && id[part] != '.'))
			return false;
		if (!id[part])
			return true;
	}
}

static bool is_strings(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

static bool is_string_or_null(const json_t *value)
{
	return !value || json_is_null(value) || json_is_string(value);
}

static bool is_need(const json_t *need)
{
	return js_string(need, "name") && json_is_boolean(json_object_get(need, "ok")) &&
	       is_string_or_null(json_object_get(need, "reason")) &&
	       is_string_or_null(json_object_get(need, "remedy"));
}

static char *check_needs(const json_t *needs)
{
	if (!json_is_array(needs))
		return mem_text("\"needs\" is not a list");
	for (size_t i = 0; i < json_array_size(needs); i++)
		if (!is_need(json_array_get(needs, i)))
			return mem_text("\"needs\"[%zu] is not {name, ok, reason, remedy}", i);
	return NULL;
}

static bool has_need(const json_t *needs, const char *name)
{
	for (size_t i = 0; i < json_array_size(needs); i++)
		if (!strcmp(js_string(json_array_get(needs, i), "name"), name))
			return true;
	return false;
}

/* The first need of CELL that its program does not have, or NULL. */
static const char *unknown_need(const json_t *describe, const json_t *cell)
{
	const json_t *needs = json_object_get(cell, "needs");
	const char *name;

	for (size_t i = 0; i < json_array_size(needs); i++) {
		name = json_string_value(json_array_get(needs, i));
		if (!has_need(json_object_get(describe, "needs"), name))
			return name;
	}
	return NULL;
}

static char *check_cell(const json_t *describe, const json_t *cell)
{
	const char *id = js_string(cell, "id");
	const json_t *needs = json_object_get(cell, "needs");
	const char *unknown;

	if (!id || !describe_is_id(id))
		return mem_text("cell id '%.60s' is not [a-z0-9-]+(.[a-z0-9-]+)*", id ? id : "");
	if (!is_string_or_null(json_object_get(cell, "open")) ||
	    !is_string_or_null(json_object_get(cell, "hazard")))
		return mem_text("cell %s: \"open\" and \"hazard\" are strings or null", id);
	if (needs && !is_strings(needs))
		return mem_text("cell %s: \"needs\" is not a list of names", id);
	unknown = unknown_need(describe, cell);
	if (unknown)
		return mem_text("cell %s: need '%s' is not among the program's", id, unknown);
	return NULL;
}

static char *check_cells(const json_t *describe)
{
	const json_t *cells = json_object_get(describe, "cells");
	char *why = NULL;

	if (!json_array_size(cells))
		return mem_text("\"cells\" is not a list with at least one cell");
	for (size_t i = 0; i < json_array_size(cells) && !why; i++)
		why = check_cell(describe, json_array_get(cells, i));
	return why;
}

static char *check_cannot(const json_t *rules)
{
	for (size_t i = 0; i < json_array_size(rules); i++)
		if (!js_string(json_array_get(rules, i), "pattern") ||
		    !js_string(json_array_get(rules, i), "reason"))
			return mem_text("\"cannot\"[%zu] is not {pattern, cells, reason}", i);
	return NULL;
}

static char *check(const char *name, const json_t *d)
{
	static const char *const strings[] = { "name", "kind", "summary", NULL };
	const json_t *seconds = json_object_get(d, "seconds");
	const json_t *expect = json_object_get(d, "expect_log");
	char *why;

	for (size_t i = 0; strings[i]; i++)
		if (!js_string(d, strings[i]))
			return mem_text("\"%s\" is missing or not a string", strings[i]);
	if (strcmp(js_string(d, "name"), name))
		return mem_text("\"name\" is '%.60s', the file is '%s'", js_string(d, "name"),
				name);
	if (!is_strings(json_object_get(d, "tags")))
		return mem_text("\"tags\" is not a list of strings");
	if (!json_is_number(seconds) || json_number_value(seconds) <= 0 ||
	    json_number_value(seconds) > SECONDS_MAX)
		return mem_text("\"seconds\" is not a number from 1 to %d", SECONDS_MAX);
	if (expect && !is_strings(expect))
		return mem_text("\"expect_log\" is not a list of strings");
	why = check_needs(json_object_get(d, "needs"));
	if (!why)
		why = check_cannot(json_object_get(d, "cannot"));
	return why ? why : check_cells(d);
}

json_t *describe_parse(const char *name, const char *out, char **why)
{
	json_error_t error;
	json_t *d = json_loads(out, 0, &error);
	char *wrong;

	if (!json_is_object(d))
		wrong = *out ? mem_text("not a JSON object (%s)", d ? "another type" : error.text)
			     : mem_text("it printed nothing");
	else
		wrong = check(name, d);
	if (!wrong)
		return d;
	json_decref(d);
	*why = mem_text("--describe: %s", wrong);
	js_clean(*why);
	free(wrong);
	return NULL;
}
