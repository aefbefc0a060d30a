// SPDX-License-Identifier: GPL-2.0-or-later
#include "turn.h"

#include "fault.h"
#include "js.h"
#include "judge.h"
#include "known.h"
#include "mem.h"
#include "order.h"
#include "pace.h"
#include "text.h"
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OUT_LOG	      "out.log"
#define GRACE_SECONDS 15 /* after its own bound: it ends a cell that hangs itself, after 10 */

static json_t *known_json(const char *kind, const char *reason)
{
	return json_pack("{ss so}", "kind", kind, "reason", js_text(reason));
}

/* The program says it of a corrupt cell, its --describe of one that passes, a lab of any. */
static json_t *known(const struct turn *t, const struct suite_cell *cell, enum verdict v)
{
	const char *open = js_string(cell->describe, "open");
	const char *reason = known_reason(t->run->opt->known, cell->id);

	if (v == VERDICT_CORRUPT && t->ktap.kind)
		return known_json(t->ktap.kind, t->ktap.reason);
	if (reason && (v == VERDICT_CORRUPT || v == VERDICT_CRASHED || v == VERDICT_PASS))
		return known_json("known", reason);
	return v == VERDICT_PASS && open ? known_json("open", open) : NULL;
}

/* A journal of thousands of cases is a third smaller without what is null. */
static void put(json_t *event, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(event, key, value);
	else
		json_object_del(event, key);
}

static void put_text(json_t *event, const char *key, const char *text)
{
	put(event, key, text ? js_text(text) : NULL);
}

static void put_seconds(const struct turn *t, json_t *event)
{
	if (t->ktap.seconds >= 0)
		put(event, "seconds", json_real(t->ktap.seconds));
	else if (t->cell_started > 0)
		put(event, "seconds", json_real(job_now() - t->cell_started));
}

static void forget(char **text)
{
	free(*text);
	*text = NULL;
}

/* What the kernel said that makes a crash of the verdict V, a new string, or NULL. */
static char *kernel_fault(struct turn *t, enum verdict v, const char *reason)
{
	char *text = NULL;

	if (v == VERDICT_NOTRUN)
		return NULL;
	if (t->fault)
		text = mem_text("kernel fault: %s", t->fault);
	else if (t->lockup && v == VERDICT_BROKEN)
		text = mem_text("kernel fault: %s; %s", t->lockup, reason ? reason : "");
	forget(&t->fault);
	forget(&t->lockup); /* who came to an end was not locked up */
	return text;
}

void turn_verdict(struct turn *t, const struct suite_cell *cell, enum verdict v, const char *reason)
{
	char *fault = kernel_fault(t, v, reason);
	json_t *e;

	if (fault) {
		v = VERDICT_CRASHED;
		reason = fault;
	}
	e = json_pack("{ss ss ss si ss}", "event", "verdict", "id", cell->id, "program",
		      t->program->name, "pass", (int)t->pass, "verdict", verdict_name(v));
	put_seconds(t, e);
	put_text(e, "reason", reason);
	put_text(e, "diagnosis", t->ktap.diagnosis);
	put_text(e, "class", ktap_class(t->ktap.diagnosis));
	put_text(e, "replay", t->ktap.replay);
	put(e, "scene", t->ktap.scene ? json_string(t->ktap.scene) : NULL);
	put(e, "counters", json_incref(t->ktap.counters));
	put(e, "known", known(t, cell, v));
	t->done[cell - t->program->cells] = true;
	t->program->cells[cell - t->program->cells].turns += v != VERDICT_NOTRUN;
	t->last = cell;
	t->cell = NULL;
	t->cell_started = 0;
	ktap_next(&t->ktap);
	run_event(t->run, e);
	free(fault);
}

void turn_override(struct turn *t, const struct suite_cell *cell, enum verdict v,
		   const char *reason)
{
	const struct outcome *before = record_find(&t->run->record, cell->id)->now;
	json_t *e = outcome_json(before, cell->id, t->program->name);

	json_object_set_new(e, "verdict", json_string(verdict_name(v)));
	put_text(e, "reason", reason);
	put(e, "known", known(t, cell, v));
	run_event(t->run, e);
}

static void cell_starts(struct turn *t)
{
	const struct suite_cell *cell = suite_cell(t->run->suite, t->program, t->ktap.cell);

	if (!cell || !cell->selected || t->done[cell - t->program->cells])
		return; /* its result line is the problem */
	watch_log(t);
	t->cell = cell;
	t->cell_started = job_now();
	run_event(t->run, json_pack("{ss ss ss si}", "event", "cell", "id", cell->id, "program",
				    t->program->name, "pass", (int)t->pass));
}

/* Why a result for CELL cannot be, or NULL. */
static const char *unwanted(const struct turn *t, const struct suite_cell *cell)
{
	if (!cell)
		return "a result for an unknown cell";
	if (!cell->selected)
		return "a result that was not asked for";
	return t->done[cell - t->program->cells] ? "a second result for" : NULL;
}

static void result(struct turn *t)
{
	const struct suite_cell *cell = suite_cell(t->run->suite, t->program, t->ktap.id);
	const char *wrong = unwanted(t, cell);

	t->claims[t->ktap.verdict]++;
	if (wrong) {
		if (!t->problem)
			t->problem = mem_text("%s '%.80s'", wrong, t->ktap.id);
		ktap_next(&t->ktap);
		return;
	}
	if (t->cell ||
	    t->ktap.verdict != VERDICT_SKIP) /* there may be thousands that never began */
		watch_all(t);
	turn_verdict(t, cell, t->ktap.verdict, t->ktap.kind ? NULL : t->ktap.reason);
}

/* The program has SECONDS from here on, if it had less; who waits for us should know. */
static void give_time(struct turn *t, double seconds)
{
	double limit = job_now() - t->started + seconds;

	if (limit <= t->job.limit)
		return;
	t->job.limit = limit;
	run_event(t->run,
		  json_pack("{ss ss si si}", "event", "patience", "program", t->program->name,
			    "pass", (int)t->pass, "seconds", (int)seconds + 1));
	run_sync(t->run);
}

/* Its time is over: on a slow machine it takes longer. */
static void late(void *arg)
{
	struct turn *t = arg;

	if (t->pace > 0)
		return;
	t->pace = pace();
	if (t->pace > 1)
		give_time(t, GRACE_SECONDS * (t->pace - 1));
}

static void out_line(void *arg, char *line)
{
	struct turn *t = arg;

	if (t->run->opt->verbose && *line == '#') {
		js_clean(line);
		term_clear(&t->run->term);
		printf("    %s\n", line);
	}
	switch (ktap_line(&t->ktap, line)) {
	case KTAP_CELL:
		cell_starts(t);
		break;
	case KTAP_RESULT:
		result(t);
		break;
	case KTAP_PATIENCE:
		give_time(t, t->ktap.patience + GRACE_SECONDS);
		break;
	case KTAP_NOTHING:
		break;
	}
}

static void err_line(void *arg, char *line)
{
	struct turn *t = arg;

	if (!*line)
		return;
	js_clean(line);
	free(t->complaint);
	t->complaint = mem_text("%.200s", line);
}

void turn_log(struct turn *t, struct capped *log, const char *name, const char *data, size_t len)
{
	char *path = mem_text("%s/%s", t->program->name, name);

	if (log->fd >= 0)
		journal_send(&t->run->journal, path, data, len);
	capped_write(log, data, len);
	free(path);
}

static void out(void *arg, const char *data, size_t len)
{
	struct turn *t = arg;

	turn_log(t, &t->out, OUT_LOG, data, len);
	lines_feed(&t->out_lines, data, len, out_line, t);
	run_sync(t->run);
}

static void err(void *arg, const char *data, size_t len)
{
	struct turn *t = arg;

	turn_log(t, &t->out, OUT_LOG, data, len);
	lines_feed(&t->err_lines, data, len, err_line, t);
	run_sync(t->run);
}

static void kernel_log(void *arg)
{
	struct turn *t = arg;

	watch_log(t);
	run_sync(t->run);
}

static void tick(void *arg)
{
	struct turn *t = arg;
	double now = job_now();
	char *text;

	if (!t->run->term.tty || now - t->last_tick < 0.1)
		return;
	text = text_progress(&t->run->record, t->cell ? t->cell->id : t->program->name,
			     t->cell ? now - t->cell_started : 0);
	term_progress(&t->run->term, text);
	free(text);
	t->last_tick = now;
}

static void announce(struct turn *t, char *const *argv)
{
	json_t *cells = json_array(), *words = json_array();

	for (size_t i = 0; i < t->program->n_cells; i++)
		if (t->program->cells[i].selected)
			json_array_append_new(cells, json_string(t->program->cells[i].id));
	for (size_t i = 0; argv[i]; i++)
		json_array_append_new(words, js_text(argv[i]));
	run_event(t->run,
		  json_pack("{ss ss si so so sI si}", "event", "start", "program", t->program->name,
			    "pass", (int)t->pass, "argv", words, "cells", cells, "seed",
			    (json_int_t)order_seed(t), "seconds", (int)t->seconds));
	journal_sync(&t->run->journal);
	kmsg_mark("%s starts, pass %u", t->program->name, t->pass);
}

static void open_log(struct turn *t, struct capped *log, const char *dir, const char *name)
{
	char *path = mem_text("%s/%s", dir, name);

	if (!capped_open(log, path))
		run_lost(t->run, path, strerror(errno));
	free(path);
}

/* The program's directory, absolute, as it may change its own. */
static char *make_dir(struct turn *t)
{
	char *dir = mem_text("%s/%s", t->run->dir, t->program->name), real[PATH_MAX];

	mkdir(dir, 0755);
	if (realpath(dir, real)) {
		free(dir);
		dir = mem_copy(real);
	}
	open_log(t, &t->out, dir, OUT_LOG);
	open_log(t, &t->kernel, dir, TURN_KERNEL_LOG);
	return dir;
}

static void turn_free(struct turn *t)
{
	for (size_t i = 0; t->job.argv[i]; i++)
		free(t->job.argv[i]);
	free((void *)t->job.argv);
	free((void *)t->job.out_dir);
	capped_close(&t->out);
	capped_close(&t->kernel);
	ktap_free(&t->ktap);
	free(t->done);
	free(t->problem);
	free(t->complaint);
	free(t->fault);
	free(t->lockup);
}

void turn_run(struct run *run, const struct suite_program *program, unsigned int pass,
	      unsigned int bound)
{
	struct turn t = {
		.run = run, .program = program, .pass = pass, .seconds = bound, .started = job_now()
	};
	char *dir = make_dir(&t);
	char **argv = order_argv(&t);

	ktap_init(&t.ktap);
	t.done = mem_zero(program->n_cells, sizeof(*t.done));
	t.taint = fault_taint();
	t.job = (struct job){ .argv = argv,
			      .out_dir = dir,
			      .cgroup = &run->cgroup,
			      .limit = bound + GRACE_SECONDS,
			      .stop = &run->stop,
			      .kmsg = run->kmsg.fd,
			      .arg = &t,
			      .out = out,
			      .err = err,
			      .log = kernel_log,
			      .late = late,
			      .tick = tick };
	announce(&t, argv);
	run_sync(run);
	job_run(&t.job);
	lines_end(&t.out_lines, out_line, &t);
	lines_end(&t.err_lines, err_line, &t);
	judge_end(&t);
	turn_free(&t);
}
