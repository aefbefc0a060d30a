// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include "closing.h"
#include "job.h"
#include "js.h"
#include "mem.h"
#include "pieces.h"
#include "report.h"
#include "rundir.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MAX 1800 /* seconds that a guest may ask for */

void stream_init(struct stream *s, const char *results, json_t *vm, json_t *argv)
{
	*s = (struct stream){ .results = results, .vm = vm, .argv = argv };
	record_init(&s->record);
	term_init(&s->term);
}

void stream_free(struct stream *s)
{
	record_free(&s->record);
	if (s->dir)
		journal_close(&s->journal);
	json_decref(s->vm);
	json_decref(s->argv);
	free(s->dir);
	free(s->lost);
	split_free(&s->split);
	free(s->said);
}

void stream_boot(struct stream *s)
{
	free(s->said);
	s->said = NULL;
	split_free(&s->split);
	s->up = s->running = s->began = s->ended = false;
	s->verdicts = 0;
	s->code = -1;
	s->heard = job_now();
	s->pass_offset = s->record.pass ? s->record.pass - 1 : 0;
}

static void lose(struct stream *s, char *why)
{
	if (s->lost)
		free(why);
	else
		s->lost = why;
}

/* The journal reaches the disk before a person sees what it says. */
static void sync_all(struct stream *s)
{
	if (!s->dir)
		return;
	journal_sync(&s->journal);
	if (s->journal.lost)
		lose(s, mem_text("cannot write %s/journal.jsonl: %s", s->dir,
				 strerror(s->journal.lost)));
	fflush(stdout);
}

static bool open_run(struct stream *s, const json_t *run)
{
	char *path, *why = NULL;
	bool ok;

	s->dir = rundir_create_for(s->results, js_string(run, "kernel"), js_string(run, "host"),
				   &why);
	if (!s->dir) {
		lose(s, why);
		return false;
	}
	path = mem_text("%s/journal.jsonl", s->dir);
	ok = journal_create(&s->journal, path);
	if (!ok)
		lose(s, mem_text("cannot write %s: %s", path, strerror(errno)));
	else
		rundir_latest(s->results, s->dir);
	free(path);
	return ok;
}

/* Takes only what `report` will take too. */
static bool put(struct stream *s, json_t *event)
{
	if (!s->dir || s->lost || !record_event(&s->record, event))
		return false;
	journal_put(&s->journal, event);
	return true;
}

void stream_event(struct stream *s, json_t *event)
{
	if (put(s, event))
		text_event(&s->term, &s->record, event);
	sync_all(s);
	json_decref(event);
}

void stream_again(struct stream *s, const char *why)
{
	json_t *list = json_object_get(s->vm, "reboots");

	if (s->dir) {
		stream_event(s, json_pack("{ss ss}", "event", "reboot", "why", why));
		return;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(s->vm, "reboots", list);
	}
	json_array_append_new(list, js_text(why));
}

static bool take_run(struct stream *s, json_t *event)
{
	if (s->dir)
		return true; /* a later boot of the same run */
	if (!js_string(event, "kernel") || !js_string(event, "host") || !open_run(s, event))
		return false;
	json_object_set_new(event, "vm", json_deep_copy(s->vm));
	json_object_set(event, "argv", s->argv);
	if (!put(s, event))
		return false;
	text_header(&s->record);
	return true;
}

static bool take_guest(struct stream *s, json_t *event)
{
	const json_t *code = json_object_get(event, "exit");

	s->up = true;
	if (!json_is_integer(code))
		return true;
	s->code = json_integer_value(code);
	free(s->said);
	s->said = mem_copy(js_string(event, "said"));
	return true;
}

static bool take_start(struct stream *s, json_t *event)
{
	s->running = s->began = true;
	s->bound = js_number(event, "seconds");
	return put(s, event);
}

/* The guest's runner waits longer than it had said. */
static bool take_patience(struct stream *s, json_t *event)
{
	unsigned int seconds = js_number(event, "seconds");

	if (seconds > s->bound && seconds < PATIENCE_MAX)
		s->bound = seconds;
	return put(s, event);
}

static bool take_program(struct stream *s, json_t *event)
{
	s->running = false;
	return put(s, event);
}

static bool take_verdict(struct stream *s, json_t *event)
{
	if (!put(s, event))
		return false;
	s->verdicts++;
	s->last = record_find(&s->record, js_string(event, "id"))->id;
	text_event(&s->term, &s->record, event);
	return true;
}

static bool take_file(struct stream *s, json_t *event)
{
	if (s->dir)
		pieces_take(s->dir, event);
	return true;
}

/* Ours comes when all boots are over. */
static bool take_end(struct stream *s, json_t *event)
{
	s->ended = true;
	return true;
}

static void take(struct stream *s, json_t *event)
{
	static const struct {
		const char *name;
		bool (*take)(struct stream *s, json_t *event);
	} table[] = {
		{ "guest", take_guest }, { "run", take_run },		{ "start", take_start },
		{ "end", take_end },	 { "program", take_program },	{ "verdict", take_verdict },
		{ "file", take_file },	 { "patience", take_patience },
	};
	const char *name = js_string(event, "event");
	json_t *pass = json_object_get(event, "pass");

	s->heard = job_now();
	if (json_is_integer(pass))
		json_integer_set(pass, json_integer_value(pass) + s->pass_offset);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(name, table[i].name)) {
			table[i].take(s, event);
			return;
		}
	put(s, event);
}

/* A dying guest may send half a line; nothing but whole events is taken. */
static void take_line(void *arg, const char *line, size_t len)
{
	json_t *event = json_loadb(line, len, 0, NULL);

	if (js_string(event, "event"))
		take(arg, event);
	json_decref(event);
}

void stream_feed(struct stream *s, const char *data, size_t len)
{
	split_feed(&s->split, data, len, take_line, s);
	sync_all(s);
}

static const struct record_case *blamed(struct stream *s)
{
	const struct record_case *c = record_cut_off(&s->record);

	if (!c)
		c = record_find(&s->record, s->last);
	return c || !s->record.n ? c : &s->record.cases[0];
}

const struct record_case *stream_died(struct stream *s, enum verdict v, const char *reason)
{
	const struct record_case *c = blamed(s);

	if (!c)
		return NULL;
	stream_event(s, record_event_of(c->id, c->program, s->record.pass ? s->record.pass : 1, v,
					reason));
	s->running = false;
	return c;
}

/* Later passes have begun: all are run again, but for those that crash the guest. */
static bool is_left(const struct record *r, const struct record_case *c)
{
	if (r->pass > 1)
		return outcome_verdict(record_shown(c)) != VERDICT_CRASHED;
	return !record_shown(c);
}

char *stream_left(const struct stream *s)
{
	char *text = NULL;
	size_t size, n = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < s->record.n; i++)
		if (is_left(&s->record, &s->record.cases[i])) {
			fprintf(out, "%s\n", s->record.cases[i].id);
			n++;
		}
	fclose(out);
	if (n)
		return text;
	free(text);
	return NULL;
}

int stream_end(struct stream *s)
{
	int code = record_exit(&s->record);
	char *why;

	stream_event(s, json_pack("{ss si}", "event", "end", "exit", code));
	record_finish(&s->record);
	journal_close(&s->journal);
	term_clear(&s->term);
	if (!s->lost && !report_write(&s->record, s->dir, &why))
		lose(s, why);
	if (!s->lost && s->history && !report_history(s->history, s->dir, &why))
		lose(s, why);
	closing_print(&s->record, s->dir);
	fflush(stdout);
	if (!s->lost)
		return code;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, s->lost);
	return code == 1 || code == 130 ? code : EXIT_BROKEN;
}
