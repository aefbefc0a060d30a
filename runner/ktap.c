// SPDX-License-Identifier: GPL-2.0-or-later
#include "ktap.h"

#include "describe.h"
#include "js.h"
#include "mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNTERS_MAX 256
#define SCENE_MAX    16384
#define PATIENCE_MAX 900 /* seconds */

void ktap_init(struct ktap *k)
{
	*k = (struct ktap){ .plan = -1, .seconds = -1, .counters = json_object() };
}

static void set(char **field, const char *text)
{
	free(*field);
	*field = mem_copy(text);
}

void ktap_next(struct ktap *k)
{
	json_decref(k->counters);
	k->counters = json_object();
	k->seconds = -1;
	set(&k->diagnosis, NULL);
	set(&k->replay, NULL);
	set(&k->scene, NULL);
	set(&k->cell, NULL);
	set(&k->reason, NULL);
	k->kind = NULL;
}

void ktap_free(struct ktap *k)
{
	ktap_next(k);
	json_decref(k->counters);
	free(k->id);
	free(k->problem);
}

static enum ktap_what garbage(struct ktap *k, const char *what, const char *line)
{
	if (!k->problem)
		k->problem = mem_text("%s: '%.80s'", what, line);
	return KTAP_NOTHING;
}

/* What follows WORD in TEXT, or NULL when TEXT does not start with it. */
static char *after(char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) ? NULL : text + len;
}

static void counter(struct ktap *k, char *text)
{
	char *value = strchr(text, ' '), *end;
	long long n;

	if (!value || json_object_size(k->counters) >= COUNTERS_MAX)
		return;
	*value++ = '\0';
	n = strtoll(value, &end, 10);
	if (end != value && !*end)
		json_object_set_new(k->counters, text, json_integer(n));
}

/* A line of the scene. */
static void add_op(struct ktap *k, const char *line)
{
	char *more = mem_text("%s%s\n", k->scene ? k->scene : "", line);

	if (strlen(more) <= SCENE_MAX)
		set(&k->scene, more);
	free(more);
}

static enum ktap_what diagnostic(struct ktap *k, char *line)
{
	char *rest;

	if ((rest = after(line, "# cell "))) {
		set(&k->cell, rest);
		return KTAP_CELL;
	}
	if ((rest = after(line, "# patience "))) {
		k->patience = strtod(rest, NULL);
		return k->patience > 0 && k->patience <= PATIENCE_MAX ? KTAP_PATIENCE
								      : KTAP_NOTHING;
	}
	if ((rest = after(line, "# counter ")))
		counter(k, rest);
	else if ((rest = after(line, "# seconds ")))
		k->seconds = strtod(rest, NULL);
	else if ((rest = after(line, "# corrupt ")))
		set(&k->diagnosis, rest);
	else if ((rest = after(line, "# replay ")))
		set(&k->replay, rest);
	else if ((rest = after(line, "# op ")))
		add_op(k, rest);
	return KTAP_NOTHING;
}

/* After "# " of a result line. False when the contract has no such directive. */
static bool directive(struct ktap *k, bool ok, char *text)
{
	static const struct {
		const char *text;
		enum verdict verdict;
		const char *kind;
		bool ok;
	} table[] = {
		{ "SKIP inconclusive: ", VERDICT_INCONCLUSIVE, NULL, true },
		{ "SKIP not run: ", VERDICT_NOTRUN, NULL, true },
		{ "SKIP ", VERDICT_SKIP, NULL, true },
		{ "TODO open upstream: ", VERDICT_CORRUPT, "open", false },
		{ "TODO hazard: ", VERDICT_CORRUPT, "hazard", false },
		{ "ERROR ", VERDICT_BROKEN, NULL, false },
	};
	char *reason;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		reason = after(text, table[i].text);
		if (reason && table[i].ok == ok) {
			k->verdict = table[i].verdict;
			k->kind = table[i].kind;
			set(&k->reason, reason);
			return true;
		}
	}
	return false;
}

static enum ktap_what result(struct ktap *k, const char *line, bool ok, char *text)
{
	char *id, *hash = strstr(text, " # ");
	unsigned long number = strtoul(text, &id, 10);

	k->verdict = ok ? VERDICT_PASS : VERDICT_CORRUPT;
	if (hash && !directive(k, ok, hash + 3))
		return garbage(k, "an unknown directive", line);
	if (hash)
		*hash = '\0';
	if (!isdigit((unsigned char)*text) || *id++ != ' ' || !describe_is_id(id))
		return garbage(k, "not a result line", line);
	if (number != ++k->results)
		garbage(k, "a result out of order", line);
	if (k->plan < 0)
		garbage(k, "a result before the plan", line);
	set(&k->id, id);
	return KTAP_RESULT;
}

static enum ktap_what plan(struct ktap *k, const char *line, const char *text)
{
	char *end;

	if (k->plan >= 0)
		return garbage(k, "a second plan", line);
	k->plan = strtol(text, &end, 10);
	if (end == text || k->plan < 0 || (*end && *end != ' ')) {
		k->plan = -1;
		return garbage(k, "not a plan", line);
	}
	return KTAP_NOTHING;
}

enum ktap_what ktap_line(struct ktap *k, char *line)
{
	char *whole, *rest;
	enum ktap_what what = KTAP_NOTHING;

	js_clean(line);
	if (*line == '#')
		return diagnostic(k, line);
	if (!*line || !strcmp(line, "KTAP version 1"))
		return KTAP_NOTHING;
	whole = mem_copy(line);
	if ((rest = after(line, "1..")))
		what = plan(k, whole, rest);
	else if ((rest = after(line, "ok ")))
		what = result(k, whole, true, rest);
	else if ((rest = after(line, "not ok ")))
		what = result(k, whole, false, rest);
	else
		garbage(k, "not KTAP", whole);
	free(whole);
	return what;
}

const char *ktap_class(const char *diagnosis)
{
	static const char *const classes[] = { "stale",	       "zeros",
					       "torn",	       "foreign page",
					       "foreign",      "bit flip",
					       "garbage",      "unreported write",
					       "leaked write", NULL };
	const char *open = diagnosis;
	size_t len;

	while (open && (open = strchr(open, '('))) {
		open++;
		for (size_t i = 0; classes[i]; i++) {
			len = strlen(classes[i]);
			if (!strncmp(open, classes[i], len) && strchr(":,);", open[len]))
				return classes[i];
		}
	}
	return NULL;
}
