// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include "cgroup.h"
#include "closing.h"
#include "facts.h"
#include "job.h"
#include "js.h"
#include "mem.h"
#include "opening.h"
#include "orphans.h"
#include "profile.h"
#include "report.h"
#include "res.h"
#include "resume.h"
#include "rundir.h"
#include "suite.h"
#include "text.h"
#include "turn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_BUFFER  (1 << 16)
#define CRASHES_MAX 2
#define MANY_CELLS  100

void run_lost(struct run *run, const char *what, const char *why)
{
	if (run->said_lost)
		return;
	run->said_lost = true;
	term_clear(&run->term);
	fflush(stdout);
	fprintf(stderr, "%s: cannot write %s: %s; the run goes on, but not all of it is recorded\n",
		program_invocation_short_name, what, why);
}

void run_event(struct run *run, json_t *event)
{
	journal_put(&run->journal, event);
	record_event(&run->record, event);
	text_event(&run->term, &run->record, event);
	json_decref(event);
}

/* stdout is buffered: it leaves here, after the journal. */
void run_sync(struct run *run)
{
	journal_sync(&run->journal);
	if (run->journal.lost)
		run_lost(run, "the journal", strerror(run->journal.lost));
	fflush(stdout);
}

static void show_undone(struct run *run, char *text, const char *program, int failed)
{
	json_t *lines = json_array();
	char *line, *save;

	term_clear(&run->term);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		js_clean(line);
		printf("%s\n", line);
		json_array_append_new(lines, js_text(line));
	}
	run_event(run, json_pack("{ss so si so}", "event", "undo", "program", js_text(program),
				 "failed", failed, "lines", lines));
}

void run_undo(struct run *run, const char *program)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int failed = res_undo_stale(out, out);

	fclose(out);
	if (size)
		show_undone(run, text, program, failed);
	free(text);
}

/* What P would like to have, in seconds. */
static unsigned int wish(const struct run *run, const struct suite_program *p)
{
	if (!p->describe || !suite_selected(p))
		return 0;
	return run->opt->seconds ? run->opt->seconds : p->seconds;
}

static void conclude(struct run *run, const struct suite_program *p, unsigned int pass,
		     enum verdict v, const char *reason)
{
	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].selected)
			run_event(run, record_event_of(p->cells[i].id, p->name, pass, v, reason));
}

/* Its turn does not come. In a later pass it had its verdict before. */
static void pass_over(struct run *run, const struct suite_program *p, unsigned int pass)
{
	char *why;

	if (pass > 1)
		return;
	if (run->stop.asked)
		why = mem_text("interrupted");
	else
		why = mem_text("no time left in '%s'; a longer profile or --for gives more",
			       run->opt->profile->name);
	conclude(run, p, pass, VERDICT_NOTRUN, why);
	free(why);
}

/*
 * Those of its cells that had the fewest turns: what an earlier pass had no time for comes
 * before what it began with.
 */
static void run_next(struct run *run, const struct suite_program *p, unsigned int pass,
		     unsigned int seconds)
{
	bool *selected = mem_zero(p->n_cells, sizeof(*selected));
	unsigned int fewest = ~0u;

	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].selected && p->cells[i].turns < fewest)
			fewest = p->cells[i].turns;
	for (size_t i = 0; i < p->n_cells; i++) {
		selected[i] = p->cells[i].selected;
		p->cells[i].selected &= p->cells[i].turns == fewest;
	}
	turn_run(run, p, pass, seconds);
	for (size_t i = 0; i < p->n_cells; i++)
		p->cells[i].selected = selected[i];
	free(selected);
}

static void run_program(struct run *run, const struct suite_program *p, unsigned int pass,
			double all)
{
	/* With --for a matrix may have more time than it asks for: on a slow machine. */
	bool stretch = run->opt->total && !run->opt->profile->repeat && p->n_cells >= MANY_CELLS;
	unsigned int share = profile_share(wish(run, p), all, run->end - job_now(), stretch);

	if (run->stop.asked || (!share && p->describe))
		pass_over(run, p, pass);
	else if (p->broken)
		conclude(run, p, pass, VERDICT_BROKEN, p->broken);
	else
		run_next(run, p, pass, share);
	run_sync(run);
}

/* What crashed in two passes will in the third, and may take the machine along. */
static void set_aside(struct run *run)
{
	const struct record_case *c;
	struct suite_cell *cell;

	for (size_t i = 0; i < run->suite->n; i++)
		for (size_t j = 0; j < run->suite->programs[i].n_cells; j++) {
			cell = &run->suite->programs[i].cells[j];
			c = cell->selected ? record_find(&run->record, cell->id) : NULL;
			if (!c || record_crashes(c) < CRASHES_MAX)
				continue;
			term_clear(&run->term);
			printf("%s is set aside: it crashed in %u passes\n", cell->id,
			       record_crashes(c));
			cell->selected = false;
		}
}

static void run_pass(struct run *run, unsigned int pass)
{
	const struct suite *s = run->suite;
	double all = 0;

	for (size_t i = 0; i < s->n; i++)
		all += wish(run, &s->programs[i]);
	for (size_t i = 0; i < s->n; i++) {
		stop_look(&run->stop);
		if (suite_selected(&s->programs[i]))
			run_program(run, &s->programs[i], pass, all);
		all -= wish(run, &s->programs[i]);
	}
}

/* In seconds. --seconds may stretch the profile's total, but not one given with --for. */
static double budget(const struct run *run)
{
	const struct run_options *opt = run->opt;
	double all = 0;

	if (opt->total)
		return opt->total - opt->spent;
	for (size_t i = 0; opt->seconds && i < run->suite->n; i++)
		all += wish(run, &run->suite->programs[i]);
	return (all > opt->profile->seconds ? all : opt->profile->seconds) - opt->spent;
}

static bool anything_selected(const struct suite *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (suite_selected(&s->programs[i]))
			return true;
	return false;
}

static void run_all(struct run *run)
{
	unsigned int pass = run->record.pass ? run->record.pass : 1;

	run->end = job_now() + budget(run);
	if (run->record.resumed)
		resume_select(run->suite, &run->record, true);
	run_pass(run, pass);
	if (run->record.resumed)
		resume_select(run->suite, &run->record, false);
	while (run->opt->profile->repeat && !run->stop.asked && job_now() < run->end) {
		set_aside(run);
		if (!anything_selected(run->suite))
			break;
		run_pass(run, ++pass);
	}
	if (run->stop.asked)
		run_event(run, json_pack("{ss}", "event", "interrupt"));
}

static void prepare(struct run *run, const json_t *facts)
{
	setvbuf(stdout, NULL, _IOFBF, OUT_BUFFER);
	stop_open(&run->stop);
	orphans_adopt();
	text_header(&run->record);
	text_budget(budget(run), facts);
	text_privileges(&run->record);
	if (run->record.resumed)
		resume_conclude(run);
	if (run->kmsg.why)
		printf("the kernel log is not watched (%s); run as root to have it watched\n",
		       run->kmsg.why);
	run_undo(run, NULL);
	res_own("run");
	cgroup_create(&run->cgroup);
	run_sync(run);
}

static int exit_code(const struct run *run)
{
	int code = record_exit(&run->record);

	if (run->opt->bisect)
		return answer_of(&run->record, run->opt->bisect);
	return run->said_lost && code != 1 && code != 130 ? EXIT_BROKEN : code;
}

static void finish(struct run *run)
{
	/* In a guest that is thrown away who reads along makes the reports. */
	bool for_nobody = run->journal.stream >= 0 && getenv("LOSTWRITE_DISPOSABLE");
	char *why = NULL;

	run_event(run, json_pack("{ss si}", "event", "end", "exit", exit_code(run)));
	record_finish(&run->record);
	run_sync(run);
	journal_close(&run->journal);
	term_clear(&run->term);
	if (!for_nobody && !report_write(&run->record, run->dir, &why)) {
		run_lost(run, "the reports", why);
		free(why);
	}
	if (run->opt->history && !report_history(run->opt->history, run->dir, &why)) {
		run_lost(run, "the history", why);
		free(why);
	}
	closing_print(&run->record, run->dir);
	fflush(stdout);
	res_undo(stderr);
}

/* OPEN gets it a directory and a journal. */
static int perform(struct run *run, bool (*open)(struct run *run, json_t *facts, char **why))
{
	json_t *facts;
	char *why = NULL;
	int code;

	kmsg_open(&run->kmsg);
	facts = facts_collect();
	term_init(&run->term);
	if (open(run, facts, &why)) {
		prepare(run, facts);
		run_all(run);
		finish(run);
		code = exit_code(run);
	} else {
		code = text_refuse(why);
	}
	json_decref(facts);
	record_free(&run->record);
	kmsg_close(&run->kmsg);
	cgroup_free(&run->cgroup);
	free(run->dir);
	return code;
}

int run_suite(struct suite *suite, const struct run_options *opt)
{
	struct run run = { .opt = opt, .suite = suite };
	char *why;

	if (!rundir_lock(&why))
		return text_refuse(why);
	record_init(&run.record);
	return perform(&run, opening_directory);
}

int run_resume(struct suite *suite, const struct run_options *opt, struct record *record, char *dir)
{
	struct run run = { .opt = opt, .suite = suite, .record = *record, .dir = dir };

	return perform(&run, resume_open);
}
