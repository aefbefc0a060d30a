// SPDX-License-Identifier: GPL-2.0-or-later
#include "opening.h"

#include "config.h"
#include "file.h"
#include "js.h"
#include "mem.h"
#include "profile.h"
#include "run.h"
#include "rundir.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_missing(json_t *need, void *list)
{
	if (!json_is_true(json_object_get(need, "ok")))
		json_array_append(list, need);
}

static json_t *cell_json(const struct suite_program *p, const struct suite_cell *cell)
{
	json_t *missing = json_array();
	json_t *object =
		json_pack("{ss ss* ss*}", "id", cell->id, "open", js_string(cell->describe, "open"),
			  "hazard", js_string(cell->describe, "hazard"));

	suite_needs(p, cell, add_missing, missing);
	if (json_array_size(missing))
		json_object_set(object, "missing", missing);
	json_decref(missing);
	return object;
}

static json_t *program_json(const struct suite_program *p)
{
	json_t *cells = json_array(), *tags = json_object_get(p->describe, "tags");

	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].selected)
			json_array_append_new(cells, cell_json(p, &p->cells[i]));
	return json_pack("{so so so so}", "program", js_text(p->name), "path", js_text(p->path),
			 "tags", tags ? json_incref(tags) : json_array(), "cells", cells);
}

static json_t *argv_json(const struct run_options *opt)
{
	json_t *list = json_array();

	for (int i = 0; i < opt->argc; i++)
		json_array_append_new(list, js_text(opt->argv[i]));
	return list;
}

/* Who runs what, with which needs missing. */
static json_t *run_json(const struct suite *suite, const struct run_options *opt, json_t *facts)
{
	const json_t *uts = json_object_get(facts, "uname");
	json_t *selection = json_array();

	for (size_t i = 0; i < suite->n; i++)
		if (suite_selected(&suite->programs[i]))
			json_array_append_new(selection, program_json(&suite->programs[i]));
	return json_pack("{ss si ss sO sO sO ss sI sb so so}", "event", "run", "journal",
			 RECORD_VERSION, "version", PACKAGE_VERSION, "kernel",
			 json_object_get(uts, "release"), "host", json_object_get(uts, "host"),
			 "boot_id", json_object_get(facts, "boot_id"), "profile",
			 opt->profile->name, "seed", (json_int_t)opt->seed, "strict", opt->strict,
			 "argv", argv_json(opt), "selection", selection);
}

static bool write_env(const struct run *run, json_t *facts, char **path)
{
	const struct run_options *opt = run->opt;
	char *text;
	bool ok;

	json_object_set_new(facts, "lostwrite", json_string(PACKAGE_VERSION));
	json_object_set_new(facts, "jansson", json_string(JANSSON_VERSION));
	json_object_set_new(facts, "compiler", json_string(__VERSION__));
	json_object_set_new(facts, "profile", json_string(opt->profile->name));
	json_object_set_new(facts, "seed", json_integer(opt->seed));
	json_object_set_new(facts, "argv", argv_json(opt));
	json_object_set_new(facts, "kernel_log",
			    run->kmsg.why ? js_text(run->kmsg.why) : json_string("readable"));
	text = json_dumps(facts, JSON_INDENT(1));
	*path = mem_text("%s/env.json", run->dir);
	ok = file_replace(*path, text, strlen(text));
	free(text);
	return ok;
}

/* The "run" event is the first to find out whether there is room. */
static bool write_first_event(struct run *run, json_t *facts)
{
	run_event(run, run_json(run->suite, run->opt, facts));
	journal_sync(&run->journal);
	errno = run->journal.lost;
	return !run->journal.lost;
}

static void send_env(struct run *run, const char *path)
{
	char *text = file_text(path);

	if (text)
		journal_send(&run->journal, "env.json", text, strlen(text));
	free(text);
}

bool opening_directory(struct run *run, json_t *facts, char **why)
{
	char *env, *journal;
	bool ok;

	run->dir = rundir_create(run->opt->results, why);
	if (!run->dir)
		return false;
	journal = mem_text("%s/journal.jsonl", run->dir);
	ok = write_env(run, facts, &env) && journal_create(&run->journal, journal) &&
	     write_first_event(run, facts) && rundir_latest(run->opt->results, run->dir);
	if (!ok) {
		*why = mem_text("cannot write to %s: %s; free some space or name another "
				"directory with --results DIR",
				run->dir, strerror(errno));
		unlink(env);
		unlink(journal);
		rmdir(run->dir);
	}
	if (ok)
		send_env(run, env);
	free(env);
	free(journal);
	return ok;
}
