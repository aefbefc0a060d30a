// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include "fault.h"
#include "js.h"
#include "mem.h"
#include "turn.h"

#include <stdlib.h>
#include <string.h>

#define LINES_KEPT 100 /* of one reading, in the journal */
#define FAULTS_MAX 20  /* events a turn; kernel.log has them all */

static bool announced(const struct turn *t, const char *text)
{
	const json_t *expect = json_object_get(t->program->describe, "expect_log");

	for (size_t i = 0; i < json_array_size(expect); i++)
		if (strstr(text, json_string_value(json_array_get(expect, i))))
			return true;
	return false;
}

static const struct suite_cell *blamed(const struct turn *t)
{
	if (t->cell || t->last)
		return t->cell ? t->cell : t->last;
	for (size_t i = 0; i < t->program->n_cells; i++)
		if (t->program->cells[i].selected)
			return &t->program->cells[i];
	return NULL;
}

/* Under emulation a watchdog is believed when the case comes to no end either: turn_verdict(). */
static bool is_doubtful(struct turn *t, const char *text)
{
	if (!fault_emulated() || !fault_lockup(text))
		return false;
	if (t->cell && !t->lockup)
		t->lockup = mem_copy(text);
	return true;
}

/* Before the first cell and inside one the fault waits for the verdict. */
static void note(struct turn *t, const char *fault)
{
	char *reason;

	if (t->cell || !t->last) {
		if (!t->fault)
			t->fault = mem_copy(fault);
		return;
	}
	reason = mem_text("kernel fault: %s", fault);
	turn_override(t, t->last, VERDICT_CRASHED, reason);
	free(reason);
}

static json_t *event(const struct turn *t, const char *kind)
{
	return json_pack("{ss ss ss si}", "event", kind, "id", blamed(t)->id, "program",
			 t->program->name, "pass", (int)t->pass);
}

struct reading {
	struct turn *turn;
	char *fault;
};

static void message(void *arg, const char *text, const char *line)
{
	struct reading *r = arg;
	struct turn *t = r->turn;

	char *whole = mem_text("%s\n", line);

	turn_log(t, &t->kernel, TURN_KERNEL_LOG, whole, strlen(whole));
	free(whole);
	if (json_array_size(t->log) < LINES_KEPT)
		json_array_append_new(t->log, js_text(line));
	t->oom |= fault_oom(text);
	if (!fault_line(text))
		return;
	if (announced(t, text))
		t->expected = true;
	else if (!is_doubtful(t, text) && !r->fault)
		r->fault = mem_copy(text);
}

void watch_log(struct turn *t)
{
	struct reading r = { .turn = t };
	json_t *e;

	t->log = json_array();
	kmsg_read(&t->run->kmsg, message, &r);
	if (r.fault && t->faults++ < FAULTS_MAX) {
		e = event(t, "kernel");
		json_object_set_new(e, "fault", js_text(r.fault));
		json_object_set(e, "lines", t->log);
		run_event(t->run, e);
		journal_sync(&t->run->journal);
		note(t, r.fault);
	}
	json_decref(t->log);
	free(r.fault);
}

static void watch_taint(struct turn *t)
{
	unsigned long after = fault_taint(), fresh = after & ~t->taint;
	bool bad = fault_taint_bad(fresh) && !t->expected;
	char *fault;
	json_t *e;

	if (!fresh)
		return;
	fault = mem_text("the kernel is tainted: %s", fault_taint_text(fresh));
	e = event(t, "taint");
	json_object_set_new(e, "before", json_integer(t->taint));
	json_object_set_new(e, "after", json_integer(after));
	json_object_set_new(e, "fault", bad ? js_text(fault) : json_null());
	run_event(t->run, e);
	t->taint = after;
	if (bad)
		note(t, fault);
	free(fault);
}

void watch_all(struct turn *t)
{
	watch_log(t);
	watch_taint(t);
}
