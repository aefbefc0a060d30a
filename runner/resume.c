// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume.h"

#include "capped.h"
#include "fault.h"
#include "js.h"
#include "lastlog.h"
#include "mem.h"
#include "record.h"
#include "run.h"
#include "suite.h"
#include "turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define CRASHES_MAX 3 /* of one program in one pass: then its other cases are set aside */

static char *why_not(const struct record *r)
{
	struct utsname uts;

	if (json_object_get(r->run, "vm"))
		return mem_text("this run was in a virtual machine; 'vm' goes on by itself, or "
				"start it again");
	if (r->end && !r->interrupted)
		return mem_text("the run has ended, there is nothing to go on with");
	uname(&uts);
	if (strcmp(uts.release, js_string(r->run, "kernel")) != 0)
		return mem_text("the run began on Linux %s, this is %s; boot that one, or begin "
				"a new run",
				js_string(r->run, "kernel"), uts.release);
	return NULL;
}

bool resume_read(struct record *r, const char *dir, char **why)
{
	char *reason;

	if (!record_read(r, dir, why))
		return false;
	reason = why_not(r);
	if (reason)
		*why = mem_text("%s: %s", dir, reason);
	free(reason);
	return !reason;
}

static void keep_log(const struct run *run, const struct record_case *c, const json_t *lines)
{
	char *dir = mem_text("%s/%s", run->dir, c->program);
	char *path = mem_text("%s/" TURN_KERNEL_LOG, dir), *line;
	struct capped log;

	mkdir(dir, 0755);
	if (capped_open(&log, path)) {
		for (size_t i = 0; i < json_array_size(lines); i++) {
			line = mem_text("%s\n", json_string_value(json_array_get(lines, i)));
			capped_write(&log, line, strlen(line));
			free(line);
		}
		capped_close(&log);
	}
	free(path);
	free(dir);
}

/* Behind "[   12.345678] " or "<6>[...] ". */
static const char *message_of(const char *line)
{
	const char *end = strchr(line, ']');

	return (*line == '[' || *line == '<') && end ? end + 1 + strspn(end + 1, " ") : line;
}

static const char *first_fault(const json_t *lines)
{
	const char *message;

	for (size_t i = 0; i < json_array_size(lines); i++) {
		message = message_of(json_string_value(json_array_get(lines, i)));
		if (fault_line(message))
			return message;
	}
	return NULL;
}

/* What the kernel said last, in the journal and in kernel.log; the fault in it, or NULL. */
static char *last_words(struct run *run, const struct record_case *c, const char *boot,
			time_t since)
{
	json_t *lines = lastlog_read(boot, since);
	const char *fault = first_fault(lines);
	char *copy = mem_copy(fault);

	keep_log(run, c, lines);
	if (fault)
		run_event(run, json_pack("{ss ss ss si ss sO}", "event", "kernel", "id", c->id,
					 "program", c->program, "pass", (int)run->record.pass,
					 "fault", fault, "lines", lines));
	json_decref(lines);
	return copy;
}

/* By the boot id: only a machine that went down may be the kernel's fault. */
static char *blame(struct run *run, const struct record_case *c)
{
	const json_t *event = run->record.resumed;
	const char *now = js_string(event, "boot_id"), *then = js_string(event, "boot_id_before");
	char *fault, *text;

	if (now && then && !strcmp(now, then))
		return mem_text("the runner was killed while it ran; the machine stayed up");
	fault = last_words(run, c, then, js_number(event, "silent_since"));
	text = mem_text("the machine went down while it ran: %s%s",
			fault ? "kernel fault: " : "a panic, a reset or a power cut",
			fault ? fault : "");
	free(fault);
	return text;
}

/* A program that ends the run again and again would never let it come to the others. */
static void set_aside(struct run *run, const char *program)
{
	const struct record *r = &run->record;
	unsigned int crashes = 0;
	json_t *event;
	char *reason;

	for (size_t i = 0; i < r->n; i++)
		crashes += !strcmp(r->cases[i].program, program) &&
			   outcome_verdict(r->cases[i].now) == VERDICT_CRASHED;
	if (crashes < CRASHES_MAX)
		return;
	reason = mem_text("set aside: %u cases of this program crashed before", crashes);
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->cases[i].program, program) && record_is_left(r, &r->cases[i])) {
			event = record_event_of(r->cases[i].id, program, r->pass, VERDICT_NOTRUN,
						reason);
			json_object_set_new(event, "set_aside", json_true());
			run_event(run, event);
		}
	free(reason);
}

bool resume_open(struct run *run, json_t *facts, char **why)
{
	const struct record *r = &run->record;
	const struct record_case *cut = r->end ? NULL : record_cut_off(r);
	const json_t *before = r->resumed ? r->resumed : r->run;
	char *path = mem_text("%s/journal.jsonl", run->dir);
	struct stat st = { .st_mtime = 0 };

	stat(path, &st);
	if (journal_reopen(&run->journal, path)) {
		run_event(run, json_pack("{ss sO sO sI ss?}", "event", "resume", "boot_id",
					 json_object_get(facts, "boot_id"), "boot_id_before",
					 json_object_get(before, "boot_id"), "silent_since",
					 (json_int_t)st.st_mtime, "case", cut ? cut->id : NULL));
		journal_sync(&run->journal);
		errno = run->journal.lost;
	}
	if (run->journal.fd < 0 || run->journal.lost)
		*why = mem_text("cannot go on with %s: %s", path, strerror(errno));
	free(path);
	return !*why;
}

void resume_conclude(struct run *run)
{
	const struct record_case *cut = record_cut_off(&run->record);
	char *reason;

	if (!cut)
		return;
	reason = blame(run, cut);
	run_event(run, record_event_of(cut->id, cut->program, run->record.pass, VERDICT_CRASHED,
				       reason));
	set_aside(run, cut->program);
	free(reason);
}

void resume_select(struct suite *suite, const struct record *r, bool only_left)
{
	const struct record_case *c;
	struct suite_cell *cell;

	for (size_t i = 0; i < suite->n; i++)
		for (size_t j = 0; j < suite->programs[i].n_cells; j++) {
			cell = &suite->programs[i].cells[j];
			c = record_find(r, cell->id);
			cell->selected = c && (!only_left || record_is_left(r, c));
		}
}
