// SPDX-License-Identifier: GPL-2.0-or-later
#include "merge.h"

#include "file.h"
#include "journal.h"
#include "js.h"
#include "mem.h"
#include "record.h"
#include "rundir.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct merge {
	struct journal journal;
	char *dir;
	struct record record; /* of the part that is copied */
	json_t *seen;	      /* ids of the parts before it */
	unsigned int passes;  /* written so far */
	unsigned int before;  /* what this part's passes come behind, when its cases were seen */
};

/* --- the first event --- */

static bool first_event(void *arg, json_t *event)
{
	json_t **run = arg;

	*run = json_incref(event);
	return false; /* the others are read when they are copied */
}

static json_t *run_event_of(const char *dir, char **why)
{
	char *path = mem_text("%s/journal.jsonl", dir);
	json_t *run = NULL;

	journal_read(path, first_event, &run, why);
	if (run)
		free(*why);
	if (run && !js_string(run, "kernel")) {
		*why = mem_text("%s: its first event is not that of a run", path);
		json_decref(run);
		run = NULL;
	}
	free(path);
	return run;
}

static json_t *find_program(json_t *selection, const char *name)
{
	for (size_t i = 0; name && i < json_array_size(selection); i++) {
		json_t *program = json_array_get(selection, i);
		const char *its = js_string(program, "program");

		if (its && !strcmp(its, name))
			return program;
	}
	return NULL;
}

/* Cells that ALL, a list of programs, lacks. SEEN has the ids of those that it has. */
static void add_selection(json_t *all, json_t *seen, json_t *selection)
{
	json_t *program, *cells, *cell;
	size_t i, j;

	json_array_foreach(selection, i, program)
	{
		json_t *into = find_program(all, js_string(program, "program"));

		if (!into) {
			into = json_copy(program);
			json_object_set_new(into, "cells", json_array());
			json_array_append_new(all, into);
		}
		cells = json_object_get(into, "cells");
		json_array_foreach(json_object_get(program, "cells"), j, cell)
		{
			const char *id = js_string(cell, "id");

			if (!id || json_object_get(seen, id))
				continue;
			json_object_set_new(seen, id, json_true());
			json_array_append(cells, cell);
		}
	}
}

/* Of one kernel? */
static bool fits(const json_t *merged, const json_t *run, const char *dir, char **why)
{
	const json_t *first = json_array_get(json_object_get(merged, "parts"), 0);
	const char *kernel = js_string(merged, "kernel"), *its = js_string(run, "kernel");

	if (!strcmp(kernel, its))
		return true;
	*why = mem_text("%s is of Linux %s, %s of %s; 'compare' tells what differs",
			js_string(first, "dir"), kernel, dir, its);
	return false;
}

static bool add_part(json_t *merged, json_t *seen, const char *dir, char **why)
{
	json_t *run = run_event_of(dir, why);
	bool ok = run && fits(merged, run, dir, why);

	if (ok) {
		json_array_append_new(json_object_get(merged, "parts"),
				      json_pack("{so so}", "dir", js_text(dir), "host",
						js_text(js_string(run, "host"))));
		add_selection(json_object_get(merged, "selection"), seen,
			      json_object_get(run, "selection"));
	}
	json_decref(run);
	return ok;
}

/* The first one's, with the cases of all, and whose they are. NULL, with *WHY. */
static json_t *merged_run(char *const *dirs, size_t n, char *const *argv, char **why)
{
	json_t *merged = run_event_of(dirs[0], why), *seen = json_object(), *words = json_array();
	bool ok = merged;

	for (size_t i = 0; argv[i]; i++)
		json_array_append_new(words, js_text(argv[i]));
	json_object_set_new(merged, "argv", words);
	json_object_set_new(merged, "selection", json_array());
	json_object_set_new(merged, "parts", json_array());
	for (size_t i = 0; ok && i < n; i++)
		ok = add_part(merged, seen, dirs[i], why);
	json_decref(seen);
	if (ok)
		return merged;
	json_decref(merged);
	return NULL;
}

/* --- the others --- */

static void put(struct merge *m, json_t *event)
{
	json_t *pass = json_object_get(event, "pass");

	if (json_is_integer(pass)) {
		json_integer_set(pass, json_integer_value(pass) + m->before);
		if (json_integer_value(pass) > m->passes)
			m->passes = json_integer_value(pass);
	}
	journal_copy(&m->journal, event);
}

static bool is_copied(const char *name)
{
	static const char *const names[] = { "start",  "cell",	"verdict", "program",
					     "kernel", "taint", NULL };

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool was_seen(const struct merge *m)
{
	for (size_t i = 0; i < m->record.n; i++)
		if (json_object_get(m->seen, m->record.cases[i].id))
			return true;
	return false;
}

static void take(void *arg, json_t *event)
{
	struct merge *m = arg;
	const char *name = js_string(event, "event");

	if (!strcmp(name, "run") && was_seen(m))
		m->before = m->passes;
	if (is_copied(name))
		put(m, event);
}

/* What the part's own report would add: cases that were cut off, or had no turn. */
static void conclude(struct merge *m)
{
	struct record *r = &m->record;
	char *had = mem_zero(r->n + 1, 1);
	json_t *event;

	for (size_t i = 0; i < r->n; i++)
		had[i] = r->cases[i].now && !r->cases[i].pending;
	record_finish(r);
	for (size_t i = 0; i < r->n; i++) {
		json_object_set_new(m->seen, r->cases[i].id, json_true());
		if (had[i])
			continue;
		event = outcome_json(record_shown(&r->cases[i]), r->cases[i].id,
				     r->cases[i].program);
		put(m, event);
		json_decref(event);
	}
	free(had);
}

/* The pages of bad cases, for the report. */
static void copy_pages(const struct merge *m, const char *dir)
{
	char *pattern = mem_text("%s/*/*-page-*.txt", dir);
	glob_t found = { 0 };

	if (glob(pattern, 0, NULL, &found))
		found.gl_pathc = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *from = found.gl_pathv[i], *to = mem_text("%s%s", m->dir, from + strlen(dir));
		char *slash = strrchr(to, '/'), *text = file_text(from);

		*slash = '\0';
		mkdir(to, 0755);
		*slash = '/';
		if (text)
			file_replace(to, text, strlen(text));
		free(text);
		free(to);
	}
	globfree(&found);
	free(pattern);
}

static bool copy_part(struct merge *m, const char *dir, char **why)
{
	bool ok;

	m->before = 0;
	ok = record_read_each(&m->record, dir, take, m, why);
	if (ok)
		conclude(m);
	record_free(&m->record);
	return ok;
}

static bool open_run(struct merge *m, const char *results, const json_t *run, char **why)
{
	char *path;
	bool ok;

	m->dir = rundir_create_for(results, js_string(run, "kernel"), "merged", why);
	if (!m->dir)
		return false;
	path = mem_text("%s/journal.jsonl", m->dir);
	ok = journal_create(&m->journal, path);
	if (!ok)
		*why = mem_text("cannot write %s: %s", path, strerror(errno));
	free(path);
	return ok;
}

static bool end(struct merge *m, char **why)
{
	json_t *event = json_pack("{ss sn}", "event", "end", "exit");

	journal_put(&m->journal, event);
	json_decref(event);
	journal_sync(&m->journal);
	if (m->journal.lost)
		*why = mem_text("cannot write %s/journal.jsonl: %s", m->dir,
				strerror(m->journal.lost));
	return !m->journal.lost;
}

static void give_up(struct merge *m)
{
	char *path = m->dir ? mem_text("%s/journal.jsonl", m->dir) : NULL;

	if (path) {
		unlink(path);
		rmdir(m->dir);
	}
	free(path);
	free(m->dir);
	m->dir = NULL;
}

char *merge_runs(const char *results, char *const *dirs, size_t n, char *const *argv, char **why)
{
	struct merge m = { .journal.fd = -1, .seen = json_object() };
	json_t *run = merged_run(dirs, n, argv, why);
	bool ok = run && open_run(&m, results, run, why);

	if (ok)
		journal_copy(&m.journal, run);
	for (size_t i = 0; ok && i < n; i++)
		ok = copy_part(&m, dirs[i], why);
	ok = ok && end(&m, why);
	for (size_t i = 0; ok && i < n; i++)
		copy_pages(&m, dirs[i]);
	journal_close(&m.journal);
	json_decref(run);
	json_decref(m.seen);
	if (!ok)
		give_up(&m);
	return m.dir;
}
