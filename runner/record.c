// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include "journal.h"
#include "js.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

void record_init(struct record *r)
{
	*r = (struct record){ .faults = json_array() };
}

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		json_decref(r->cases[i].now);
		json_decref(r->cases[i].worst);
		json_decref(r->cases[i].totals);
	}
	free(r->cases);
	json_decref(r->faults);
	json_decref(r->run);
	json_decref(r->end);
	json_decref(r->resumed);
}

struct record_case *record_find(const struct record *r, const char *id)
{
	static size_t last; /* who asks for one case asks for it again, or for the next */

	for (size_t i = 0; id && i < r->n; i++) {
		size_t at = (last + i) % r->n;

		if (!strcmp(r->cases[at].id, id)) {
			last = at;
			return &r->cases[at];
		}
	}
	return NULL;
}

enum verdict record_verdict(const json_t *event)
{
	return verdict_parse(js_string(event, "verdict"));
}

bool record_is_bad(const json_t *event)
{
	enum verdict v = record_verdict(event);

	return v == VERDICT_CORRUPT || v == VERDICT_CRASHED;
}

bool record_is_known(const json_t *event)
{
	return record_is_bad(event) && json_is_object(json_object_get(event, "known"));
}

const char *record_said(const json_t *event)
{
	const char *text = js_string(event, "diagnosis");

	if (!text)
		text = js_string(event, "reason");
	return text ? text : js_string(json_object_get(event, "known"), "reason");
}

const char *record_known_word(const json_t *event)
{
	const char *kind = js_string(json_object_get(event, "known"), "kind");

	if (kind && !strcmp(kind, "open"))
		return "open upstream";
	return kind && !strcmp(kind, "hazard") ? "hazard" : "known";
}

/* What is new counts more than what is known. */
static int rank(const json_t *event)
{
	return event ? 2 * verdict_rank(record_verdict(event)) + !record_is_known(event) : -1;
}

json_t *record_shown(const struct record_case *c)
{
	return rank(c->now) > rank(c->worst) ? c->now : c->worst;
}

static void add_counters(json_t *totals, json_t *counters)
{
	json_int_t before;
	const char *name;

	for (void *it = json_object_iter(counters); it; it = json_object_iter_next(counters, it)) {
		name = json_object_iter_key(it);
		before = json_integer_value(json_object_get(totals, name));
		json_object_set_new(
			totals, name,
			json_integer(before + json_integer_value(json_object_iter_value(it))));
	}
}

/* The pass is over for C. */
static void fold(struct record_case *c)
{
	json_t *worst = json_incref(record_shown(c));

	if (!c->now)
		return;
	c->counts[record_verdict(c->now)]++;
	add_counters(c->totals, json_object_get(c->now, "counters"));
	json_decref(c->worst);
	json_decref(c->now);
	c->worst = worst;
	c->now = NULL;
}

static bool add_case(struct record *r, const char *program, json_t *info)
{
	struct record_case *c;

	if (!js_string(info, "id"))
		return false;
	r->cases = mem_grow(r->cases, r->n + 1, sizeof(*r->cases));
	c = &r->cases[r->n++];
	*c = (struct record_case){ .id = js_string(info, "id"),
				   .program = program,
				   .info = info,
				   .totals = json_object() };
	return true;
}

static bool add_program(struct record *r, const json_t *program)
{
	const char *name = js_string(program, "program");
	const json_t *cells = json_object_get(program, "cells");
	bool ok = name;

	for (size_t i = 0; ok && i < json_array_size(cells); i++)
		ok = add_case(r, name, json_array_get(cells, i));
	return ok;
}

static bool take_run(struct record *r, json_t *event)
{
	const json_t *selection = json_object_get(event, "selection");
	bool ok = !r->run;

	if (ok)
		r->run = json_incref(event);
	for (size_t i = 0; ok && i < json_array_size(selection); i++)
		ok = add_program(r, json_array_get(selection, i));
	return ok;
}

static bool expect(struct record *r, const json_t *id)
{
	struct record_case *c = record_find(r, json_string_value(id));

	if (c)
		c->pending = true;
	return c;
}

static bool take_start(struct record *r, json_t *event)
{
	const json_t *cells = json_object_get(event, "cells");
	bool ok = true;

	r->pass = js_number(event, "pass");
	if (r->pass > r->passes)
		r->passes = r->pass;
	for (size_t i = 0; ok && i < json_array_size(cells); i++)
		ok = expect(r, json_array_get(cells, i));
	return ok;
}

static bool take_cell(struct record *r, json_t *event)
{
	struct record_case *c = record_find(r, js_string(event, "id"));

	r->running = c;
	return c;
}

static bool take_verdict(struct record *r, json_t *event)
{
	struct record_case *c = record_find(r, js_string(event, "id"));

	if (!c || record_verdict(event) == VERDICT_COUNT)
		return false;
	if (c->now && js_number(c->now, "pass") != js_number(event, "pass"))
		fold(c);
	json_decref(c->now);
	c->now = json_incref(event);
	c->pending = false;
	if (r->running == c)
		r->running = NULL;
	r->part += js_number(event, "seconds");
	return true;
}

static bool take_fault(struct record *r, json_t *event)
{
	struct record_case *c = record_find(r, js_string(event, "id"));

	if (!js_string(event, "fault"))
		return true; /* taint that means nothing */
	json_array_append(r->faults, event);
	if (c && !c->fault)
		c->fault = js_string(event, "fault");
	return c;
}

static bool take_interrupt(struct record *r, json_t *event)
{
	r->interrupted = true;
	return true;
}

static bool take_program(struct record *r, json_t *event)
{
	r->spent += js_number(event, "seconds");
	r->part = 0;
	return true;
}

/* What was started and not finished is to be started again. */
static bool take_resume(struct record *r, json_t *event)
{
	json_decref(r->resumed);
	r->resumed = json_incref(event);
	json_decref(r->end);
	r->end = NULL;
	r->interrupted = false;
	r->spent += r->part;
	r->part = 0;
	for (size_t i = 0; i < r->n; i++)
		r->cases[i].pending = false;
	r->running = NULL;
	/* Its verdict comes next, unless that was cut off, too. */
	return json_is_null(json_object_get(event, "case")) ||
	       expect(r, json_object_get(event, "case"));
}

static bool take_end(struct record *r, json_t *event)
{
	json_decref(r->end);
	r->end = json_incref(event);
	return true;
}

bool record_event(struct record *r, json_t *event)
{
	static const struct {
		const char *name;
		bool (*take)(struct record *r, json_t *event);
	} table[] = {
		{ "run", take_run },
		{ "start", take_start },
		{ "cell", take_cell },
		{ "verdict", take_verdict },
		{ "program", take_program },
		{ "resume", take_resume },
		{ "kernel", take_fault },
		{ "taint", take_fault },
		{ "interrupt", take_interrupt },
		{ "end", take_end },
	};
	const char *name = js_string(event, "event");

	if (!name || (!r->run && strcmp(name, "run")))
		return false;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(name, table[i].name))
			return table[i].take(r, event);
	return true;
}

static bool take(void *record, json_t *event)
{
	return record_event(record, event);
}

bool record_read(struct record *r, const char *dir, char **why)
{
	char *path = mem_text("%s/journal.jsonl", dir);
	bool ok;

	record_init(r);
	ok = journal_read(path, take, r, why);
	free(path);
	return ok;
}

json_t *record_event_of(const char *id, const char *program, unsigned int pass, enum verdict v,
			const char *reason)
{
	return json_pack("{ss ss so si ss sn so so}", "event", "verdict", "id", id, "program",
			 js_text(program), "pass", (int)pass, "verdict", verdict_name(v), "seconds",
			 "reason", js_text(reason), "counters", json_object());
}

static void conclude(struct record *r, struct record_case *c, enum verdict v, const char *reason)
{
	json_t *event = record_event_of(c->id, c->program, r->pass, v, reason);

	take_verdict(r, event);
	json_decref(event);
}

/* Without a "cell" line the program died before its first cell: that one is blamed. */
struct record_case *record_cut_off(const struct record *r)
{
	struct record_case *first = NULL;

	for (size_t i = 0; i < r->n && !r->running && !first; i++)
		if (r->cases[i].pending)
			first = &r->cases[i];
	return r->running ? r->running : first;
}

bool record_is_left(const struct record *r, const struct record_case *c)
{
	return !c->now || js_number(c->now, "pass") < r->pass ||
	       (record_verdict(c->now) == VERDICT_NOTRUN &&
		!json_is_true(json_object_get(c->now, "set_aside")));
}

unsigned int record_crashes(const struct record_case *c)
{
	return c->counts[VERDICT_CRASHED] + (c->now && record_verdict(c->now) == VERDICT_CRASHED);
}

static void conclude_cut_off(struct record *r, struct record_case *c)
{
	char *reason = mem_text("the run ended while it ran: a panic, a power cut or a killed "
				"runner%s%s",
				c->fault ? "; the kernel said: " : "", c->fault ? c->fault : "");

	conclude(r, c, VERDICT_CRASHED, reason);
	free(reason);
}

void record_finish(struct record *r)
{
	struct record_case *crashed = r->end ? NULL : record_cut_off(r);

	if (crashed)
		conclude_cut_off(r, crashed);
	for (size_t i = 0; i < r->n; i++) {
		if (r->cases[i].pending || !record_shown(&r->cases[i]))
			conclude(r, &r->cases[i], VERDICT_NOTRUN, "the run ended before its turn");
		fold(&r->cases[i]);
	}
}

void record_totals(const struct record *r, struct record_totals *t)
{
	const json_t *shown;

	*t = (struct record_totals){ .known = 0 };
	for (size_t i = 0; i < r->n; i++) {
		shown = record_shown(&r->cases[i]);
		if (!shown)
			continue;
		t->verdicts[record_verdict(shown)]++;
		t->known += record_is_known(shown);
	}
}

bool record_strict(const struct record *r)
{
	return json_is_true(json_object_get(r->run, "strict"));
}

int record_exit(const struct record *r)
{
	struct record_totals t;
	unsigned int bad;

	record_totals(r, &t);
	bad = t.verdicts[VERDICT_CORRUPT] + t.verdicts[VERDICT_CRASHED];
	if (r->interrupted)
		return 130;
	if (bad > (record_strict(r) ? 0 : t.known))
		return 1;
	if (t.verdicts[VERDICT_BROKEN])
		return 2;
	return t.verdicts[VERDICT_PASS] || t.known ? 0 : 77;
}
