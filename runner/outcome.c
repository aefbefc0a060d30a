// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include "js.h"
#include "mem.h"

#include <string.h>

static const struct {
	const char *name, *word;
} kinds[] = {
	[KNOWN_OPEN] = { "open", "open upstream" },
	[KNOWN_HAZARD] = { "hazard", "hazard" },
	[KNOWN_LISTED] = { "known", "known" },
};

static enum known_kind kind_of(const json_t *known)
{
	const char *kind = js_string(known, "kind");

	if (!json_is_object(known))
		return KNOWN_NOT;
	for (enum known_kind k = KNOWN_OPEN; kind && k < KNOWN_LISTED; k++)
		if (!strcmp(kind, kinds[k].name))
			return k;
	return KNOWN_LISTED;
}

/* Of a counter: one word. */
static bool is_name(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-.")];
}

struct outcome *outcome_new(const json_t *event, json_t *words)
{
	json_t *counters = json_object_get(event, "counters");
	const json_t *known = json_object_get(event, "known");
	const json_t *seconds = json_object_get(event, "seconds");
	const char *reason = js_string(known, "reason");
	size_t n = json_object_size(counters);
	struct outcome *o = mem_zero(1, sizeof(*o) + n * sizeof(*o->counters));

	o->verdict = verdict_parse(js_string(event, "verdict"));
	o->known = kind_of(known);
	o->pass = js_number(event, "pass");
	o->set_aside = json_is_true(json_object_get(event, "set_aside"));
	o->seconds = json_is_number(seconds) ? json_number_value(seconds) : -1;
	o->reason = js_keep(words, js_string(event, "reason"));
	o->diagnosis = js_keep(words, js_string(event, "diagnosis"));
	o->class = js_keep(words, js_string(event, "class"));
	o->replay = js_keep(words, js_string(event, "replay"));
	o->scene = js_keep(words, js_string(event, "scene"));
	if (o->known != KNOWN_NOT)
		o->known_reason = js_keep(words, reason ? reason : "no reason given");
	for (void *it = json_object_iter(counters); it; it = json_object_iter_next(counters, it))
		if (is_name(json_object_iter_key(it)))
			o->counters[o->n_counters++] = (struct counter){
				js_keep(words, json_object_iter_key(it)),
				json_integer_value(json_object_iter_value(it)),
			};
	return o;
}

static json_t *counters_json(const struct outcome *o)
{
	json_t *object = json_object();

	for (size_t i = 0; i < o->n_counters; i++)
		json_object_set_new(object, o->counters[i].name, json_integer(o->counters[i].n));
	return object;
}

json_t *outcome_json(const struct outcome *o, const char *id, const char *program)
{
	json_t *event = json_pack("{ss ss ss si ss ss* ss* ss* ss* ss* so}", "event", "verdict",
				  "id", id, "program", program, "pass", (int)o->pass, "verdict",
				  verdict_name(o->verdict), "reason", o->reason, "diagnosis",
				  o->diagnosis, "class", o->class, "replay", o->replay, "scene",
				  o->scene, "counters", counters_json(o));

	if (o->seconds >= 0)
		json_object_set_new(event, "seconds", json_real(o->seconds));
	if (o->known != KNOWN_NOT)
		json_object_set_new(event, "known",
				    json_pack("{ss ss}", "kind", known_name(o->known), "reason",
					      o->known_reason));
	return event;
}

enum verdict outcome_verdict(const struct outcome *o)
{
	return o ? o->verdict : VERDICT_COUNT;
}

bool outcome_is_bad(const struct outcome *o)
{
	return o && (o->verdict == VERDICT_CORRUPT || o->verdict == VERDICT_CRASHED);
}

bool outcome_is_known(const struct outcome *o)
{
	return outcome_is_bad(o) && o->known != KNOWN_NOT;
}

bool outcome_is_new(const struct outcome *o)
{
	return outcome_is_bad(o) && o->known == KNOWN_NOT;
}

const char *outcome_said(const struct outcome *o)
{
	if (!o)
		return NULL;
	if (o->diagnosis)
		return o->diagnosis;
	return o->reason ? o->reason : o->known_reason;
}

const char *known_name(enum known_kind kind)
{
	return kinds[kind].name;
}

const char *known_word(enum known_kind kind)
{
	return kinds[kind].word;
}

long long outcome_counter(const struct outcome *o, const char *name)
{
	for (size_t i = 0; i < o->n_counters; i++)
		if (!strcmp(o->counters[i].name, name))
			return o->counters[i].n;
	return 0;
}

void outcome_write_counters(FILE *out, const char *key, const struct counter *counters, size_t n)
{
	fprintf(out, ", \"%s\": {", key);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		js_write(out, counters[i].name);
		fprintf(out, ": %lld", counters[i].n);
	}
	putc('}', out);
}
