// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include "describe.h"
#include "journal.h"
#include "js.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

void record_init(struct record *r)
{
	*r = (struct record){ .faults = json_array(),
			      .ids = json_object(),
			      .words = json_object(),
			      .needs = json_object() };
}

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->cases[i].now);
		free(r->cases[i].worst);
		free(r->cases[i].totals);
	}
	free(r->cases);
	json_decref(r->faults);
	json_decref(r->run);
	json_decref(r->end);
	json_decref(r->resumed);
	json_decref(r->ids);
	json_decref(r->words);
	json_decref(r->needs);
}

struct record_case *record_find(const struct record *r, const char *id)
{
	const json_t *number = json_object_get(r->ids, id);

	return number ? &r->cases[json_integer_value(number)] : NULL;
}

size_t record_same_program(const struct record *r, size_t first)
{
	size_t n = 1;

	while (first + n < r->n && r->cases[first + n].program == r->cases[first].program)
		n++;
	return n;
}

/* What is new counts more than what is known. */
static int rank(const struct outcome *o)
{
	return o ? 2 * verdict_rank(o->verdict) + !outcome_is_known(o) : -1;
}

const struct outcome *record_shown(const struct record_case *c)
{
	return rank(c->now) > rank(c->worst) ? c->now : c->worst;
}

static struct counter *total_of(struct record_case *c, const char *name)
{
	for (size_t i = 0; i < c->n_totals; i++)
		if (!strcmp(c->totals[i].name, name))
			return &c->totals[i];
	c->totals = mem_grow(c->totals, c->n_totals + 1, sizeof(*c->totals));
	c->totals[c->n_totals] = (struct counter){ name, 0 };
	return &c->totals[c->n_totals++];
}

/* The pass is over for C. */
static void fold(struct record_case *c)
{
	struct outcome *now = c->now;

	if (!now)
		return;
	c->counts[now->verdict]++;
	c->seconds += now->seconds < 0 ? 0 : now->seconds;
	for (size_t i = 0; i < now->n_counters; i++)
		total_of(c, now->counters[i].name)->n += now->counters[i].n;
	if (record_shown(c) == now) {
		free(c->worst);
		c->worst = now;
	} else {
		free(now);
	}
	c->now = NULL;
}

/* The same list is missing for thousands. */
static const json_t *shared_needs(struct record *r, json_t *missing)
{
	char *text = json_array_size(missing) ? json_dumps(missing, JSON_COMPACT) : NULL;
	const json_t *needs = NULL;

	if (text && !json_object_get(r->needs, text))
		json_object_set(r->needs, text, missing);
	if (text)
		needs = json_object_get(r->needs, text);
	free(text);
	return needs;
}

static bool add_case(struct record *r, const char *program, const json_t *info)
{
	const char *id = js_string(info, "id");

	if (!id || !describe_is_id(id) || json_object_get(r->ids, id))
		return false;
	json_object_set_new(r->ids, id, json_integer(r->n));
	r->cases = mem_grow(r->cases, r->n + 1, sizeof(*r->cases));
	r->cases[r->n++] = (struct record_case){
		.id = json_object_iter_key(json_object_iter_at(r->ids, id)),
		.program = program,
		.missing = shared_needs(r, json_object_get(info, "missing")),
	};
	return true;
}

static bool add_program(struct record *r, const json_t *program)
{
	const char *name = js_keep(r->words, js_string(program, "program"));
	const json_t *cells = json_object_get(program, "cells");
	bool ok = name && describe_is_id(name);

	for (size_t i = 0; ok && i < json_array_size(cells); i++)
		ok = add_case(r, name, json_array_get(cells, i));
	return ok;
}

static bool take_run(struct record *r, json_t *event)
{
	const json_t *selection = json_object_get(event, "selection");
	const json_t *version = json_object_get(event, "journal");
	bool ok = !r->run;

	r->version = version ? json_integer_value(version) : 1;
	ok = ok && r->version == RECORD_VERSION;
	if (ok) {
		r->run = json_copy(event);
		json_object_del(r->run, "selection");
	}
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

	if (!c || verdict_parse(js_string(event, "verdict")) == VERDICT_COUNT)
		return false;
	if (c->now && c->now->pass != (unsigned int)js_number(event, "pass"))
		fold(c);
	free(c->now);
	c->now = outcome_new(event, r->words);
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

/* Behind a run event that came from the boot that failed: else that has it itself. */
static bool take_reboot(struct record *r, json_t *event)
{
	json_t *vm = json_object_get(r->run, "vm"), *list = json_object_get(vm, "reboots");
	const char *why = js_string(event, "why");

	if (!vm)
		return true; /* of no guest */
	if (!list) {
		list = json_array();
		json_object_set_new(vm, "reboots", list);
	}
	return why && !json_array_append_new(list, js_text(why));
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

const json_t *record_reboots(const struct record *r)
{
	return json_object_get(json_object_get(r->run, "vm"), "reboots");
}

bool record_event(struct record *r, json_t *event)
{
	static const struct {
		const char *name;
		bool (*take)(struct record *r, json_t *event);
	} table[] = {
		{ "run", take_run },	     { "start", take_start },
		{ "cell", take_cell },	     { "verdict", take_verdict },
		{ "program", take_program }, { "resume", take_resume },
		{ "kernel", take_fault },    { "taint", take_fault },
		{ "reboot", take_reboot },   { "interrupt", take_interrupt },
		{ "end", take_end },
	};
	const char *name;

	js_clean_all(event); /* it may be anybody's journal */
	name = js_string(event, "event");
	if (!name || (!r->run && strcmp(name, "run")))
		return false;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(name, table[i].name))
			return table[i].take(r, event);
	return true;
}

struct reading {
	struct record *record;
	void (*each)(void *arg, json_t *event);
	void *arg;
};

static bool take(void *reading, json_t *event)
{
	const struct reading *r = reading;

	if (!record_event(r->record, event))
		return false;
	if (r->each)
		r->each(r->arg, event);
	return true;
}

bool record_read_each(struct record *r, const char *dir, void (*each)(void *arg, json_t *event),
		      void *arg, char **why)
{
	struct reading reading = { r, each, arg };
	char *path = mem_text("%s/journal.jsonl", dir);
	bool ok;

	record_init(r);
	ok = journal_read(path, take, &reading, why);
	if (!ok && r->version > RECORD_VERSION) {
		free(*why);
		*why = mem_text("%s: of a later lostwrite (journal version %d, this one knows %d)",
				path, r->version, RECORD_VERSION);
	}
	free(path);
	return ok;
}

bool record_read(struct record *r, const char *dir, char **why)
{
	return record_read_each(r, dir, NULL, NULL, why);
}

json_t *record_event_of(const char *id, const char *program, unsigned int pass, enum verdict v,
			const char *reason)
{
	return json_pack("{ss ss so si ss so so}", "event", "verdict", "id", id, "program",
			 js_text(program), "pass", (int)pass, "verdict", verdict_name(v), "reason",
			 js_text(reason), "counters", json_object());
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
	return !c->now || c->now->pass < r->pass ||
	       (c->now->verdict == VERDICT_NOTRUN && !c->now->set_aside);
}

unsigned int record_crashes(const struct record_case *c)
{
	return c->counts[VERDICT_CRASHED] + (outcome_verdict(c->now) == VERDICT_CRASHED);
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

const json_t *record_next_fault(const struct record *r, const char *id, size_t *at)
{
	while (*at < json_array_size(r->faults)) {
		const json_t *fault = json_array_get(r->faults, (*at)++);
		const char *of = js_string(fault, "id");

		if (of && !strcmp(of, id))
			return fault;
	}
	return NULL;
}

void record_totals(const struct record *r, struct record_totals *t)
{
	const struct outcome *shown;

	*t = (struct record_totals){ .known = 0 };
	for (size_t i = 0; i < r->n; i++) {
		shown = record_shown(&r->cases[i]);
		if (!shown)
			continue;
		t->verdicts[shown->verdict]++;
		t->known += outcome_is_known(shown);
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
