// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include "js.h"
#include "mem.h"
#include "sig.h"
#include "turn.h"
#include "watch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static bool died(const struct turn *t)
{
	return t->job.started && !t->job.stuck && WIFSIGNALED(t->job.status) && !t->job.timed_out &&
	       !t->job.stopped;
}

/* The selected cell that was running when it ended, or else the first without a verdict. */
static const struct suite_cell *unfinished(const struct turn *t)
{
	const struct suite_program *p = t->program;

	if (t->cell)
		return t->cell;
	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].selected && !t->done[i])
			return &p->cells[i];
	return NULL;
}

static char *how_it_died(const struct turn *t)
{
	int number = WTERMSIG(t->job.status);

	if (number == SIGKILL && t->oom)
		return mem_text("the program was killed by the OOM killer");
	if (number == SIGKILL)
		return mem_text("the program was killed by SIGKILL, which the runner did not send");
	return mem_text("the program was killed by %s", sig_name(number));
}

static char *how_it_hung(const struct turn *t)
{
	char *slow = t->pace > 1 ? mem_text(" on a machine that is %.1f times slower than usual",
					    t->pace)
				 : mem_copy(""),
	     *text = mem_text("no verdict within %.0f s%s: it hangs%s", t->job.limit, slow,
			      t->job.stuck ? ", and not even SIGKILL ends it" : "");

	free(slow);
	return text;
}

static char *why_no_result(const struct turn *t)
{
	const char *colon = t->complaint ? ": " : "";
	const char *said = t->complaint ? t->complaint : "";
	int code = t->job.started ? WEXITSTATUS(t->job.status) : 0;

	if (!t->job.started)
		return mem_text("the program could not be started: out of processes or files");
	if (t->problem || t->ktap.problem)
		return mem_text("no result, and its output is wrong: %s",
				t->problem ? t->problem : t->ktap.problem);
	if (code > 128)
		return mem_text("no result; the program ended with exit code %d (%s)%s%s", code,
				sig_name(code - 128), colon, said);
	return mem_text("no result%s; the program ended with exit code %d%s%s",
			t->ktap.plan < 0 ? " and no plan" : "", code, colon, said);
}

/* Every selected cell without a verdict gets V. */
static void rest(struct turn *t, enum verdict v, const char *reason)
{
	const struct suite_cell *cell;

	while ((cell = unfinished(t)))
		turn_verdict(t, cell, v, reason);
}

/* FIRST is blamed with V; the cells behind it had no chance. */
static void blame(struct turn *t, const struct suite_cell *first, enum verdict v, char *reason)
{
	char *behind = mem_text("its program ended in %s", first->id);

	turn_verdict(t, first, v, reason);
	rest(t, VERDICT_NOTRUN, behind);
	free(behind);
	free(reason);
}

static void judge_missing(struct turn *t, const struct suite_cell *first)
{
	char *why;

	if (t->job.stopped) {
		rest(t, VERDICT_NOTRUN, "interrupted");
	} else if (t->job.timed_out) {
		blame(t, first, VERDICT_BROKEN, how_it_hung(t));
	} else if (died(t)) {
		blame(t, first, VERDICT_CRASHED, how_it_died(t));
	} else {
		why = why_no_result(t);
		rest(t, VERDICT_BROKEN, why);
		free(why);
	}
}

/* All cells have a verdict: what speaks against them? */
static char *contradiction(const struct turn *t)
{
	int expected = verdict_exit(t->claims), code;

	if (t->problem || t->ktap.problem)
		return mem_copy(t->problem ? t->problem : t->ktap.problem);
	if (t->job.stopped || t->job.timed_out || died(t))
		return NULL;
	code = WEXITSTATUS(t->job.status);
	if (code != expected)
		return mem_text("exit code %d contradicts its results, which call for %d", code,
				expected);
	if (t->ktap.plan != (long)t->ktap.results)
		return mem_text("%u results, %ld planned", t->ktap.results, t->ktap.plan);
	return NULL;
}

/* What a program said that cannot be trusted may still be bad news, but not good news. */
static void distrust(struct turn *t, const char *why)
{
	const struct suite_program *p = t->program;
	enum verdict v;

	for (size_t i = 0; i < p->n_cells; i++) {
		if (!p->cells[i].selected)
			continue;
		v = record_find(&t->run->record, p->cells[i].id)->now->verdict;
		if (v == VERDICT_PASS || v == VERDICT_INCONCLUSIVE || v == VERDICT_SKIP)
			turn_override(t, &p->cells[i], VERDICT_BROKEN, why);
	}
}

static void report_end(struct turn *t, const char *wrong)
{
	const struct job *j = &t->job;
	bool reaped = j->started && !j->stuck;
	json_t *e = json_pack("{ss ss si sf sb sb si so}", "event", "program", "program",
			      t->program->name, "pass", (int)t->pass, "seconds", j->seconds,
			      "timeout", j->timed_out, "stuck", j->stuck, "leftovers",
			      (int)j->leftovers, "problem", js_text(wrong));

	json_object_set_new(e, "exit",
			    reaped && WIFEXITED(j->status) ? json_integer(WEXITSTATUS(j->status))
							   : json_null());
	json_object_set_new(e, "signal",
			    reaped && WIFSIGNALED(j->status)
				    ? json_string(sig_name(WTERMSIG(j->status)))
				    : json_null());
	run_event(t->run, e);
}

void judge_end(struct turn *t)
{
	const struct suite_cell *first;
	char *wrong = NULL, *how;

	/* Ours also completes a last kernel message that has no newline yet. */
	kmsg_mark("%s ended", t->program->name);
	watch_all(t);
	first = unfinished(t);
	if (first) {
		judge_missing(t, first);
	} else if (t->job.timed_out) {
		how = mem_text("the program did not end within %.0f s", t->job.limit);
		turn_override(t, t->last, VERDICT_BROKEN, how);
		free(how);
	} else if (died(t)) {
		how = how_it_died(t);
		turn_override(t, t->last, VERDICT_CRASHED, how);
		free(how);
	}
	if (!first || t->problem || t->ktap.problem)
		wrong = contradiction(t);
	if (wrong)
		distrust(t, wrong);
	report_end(t, wrong);
	run_undo(t->run, t->program->name);
	watch_all(t);
	run_sync(t->run);
	free(wrong);
}
