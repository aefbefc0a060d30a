// SPDX-License-Identifier: GPL-2.0-or-later
#include "suite.h"

#include "describe.h"
#include "expr.h"
#include "js.h"
#include "mem.h"
#include "opt.h"
#include "places.h"
#include "probe.h"
#include "sig.h"

#include <fnmatch.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define DESCRIBE_SECONDS 30 /* matrices take 3 s in an emulated guest, alone */

static char *why_no_answer(const struct probe *p)
{
	if (p->pid < 0)
		return mem_text("--describe: it could not be started");
	if (p->late)
		return mem_text("--describe: no answer within %d s", DESCRIBE_SECONDS);
	if (WIFSIGNALED(p->status))
		return mem_text("--describe: killed by %s", sig_name(WTERMSIG(p->status)));
	if (WEXITSTATUS(p->status))
		return mem_text("--describe: exit code %d", WEXITSTATUS(p->status));
	return NULL;
}

/* A broken program is one case, under a name that may stand in a report. */
static void make_broken(struct suite_program *p, char *why)
{
	json_decref(p->describe);
	p->describe = NULL;
	p->broken = why;
	p->cells = mem_zero(1, sizeof(*p->cells));
	p->n_cells = 1;
	p->cells[0].id = mem_copy(p->name);
	for (char *c = p->cells[0].id; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *c))
			*c = '-';
}

static void make_cells(struct suite_program *p)
{
	json_t *cells = json_object_get(p->describe, "cells");

	p->n_cells = json_array_size(cells);
	p->cells = mem_zero(p->n_cells, sizeof(*p->cells));
	for (size_t i = 0; i < p->n_cells; i++) {
		p->cells[i].describe = json_array_get(cells, i);
		p->cells[i].id = mem_copy(js_string(p->cells[i].describe, "id"));
	}
	p->seconds = js_number(p->describe, "seconds") + 0.999;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct suite_cell *)a)->id, ((const struct suite_cell *)b)->id);
}

static bool has(const struct suite_program *p, const struct suite_cell *cell)
{
	return cell >= p->cells && cell < p->cells + p->n_cells;
}

/* Takes the cell into the tree, unless its id is there: then the program that has it. */
static const struct suite_program *owner(struct suite *s, struct suite_cell *cell)
{
	struct suite_cell **found = mem_checked(tsearch(cell, &s->ids, by_id));

	for (size_t i = 0; *found != cell && i < s->n; i++)
		if (has(&s->programs[i], *found))
			return &s->programs[i];
	return NULL;
}

const struct suite_cell *suite_cell(const struct suite *s, const struct suite_program *p,
				    const char *id)
{
	const struct suite_cell key = { .id = (char *)id };
	struct suite_cell *const *found = tfind(&key, &s->ids, by_id);

	return found && has(p, *found) ? *found : NULL;
}

/* Frees the cells; the first N are in the tree. */
static void free_cells(struct suite *s, struct suite_program *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tdelete(&p->cells[i], &s->ids, by_id);
	for (size_t i = 0; i < p->n_cells; i++)
		free(p->cells[i].id);
	free(p->cells);
	p->cells = NULL;
	p->n_cells = 0;
}

/* Ids are unique over the suite: the later program that repeats one is broken. */
static void check_unique(struct suite *s, struct suite_program *p)
{
	const struct suite_program *other = NULL;
	char *why, *id;
	size_t i;

	for (i = 0; i < p->n_cells && !other; i++)
		other = owner(s, &p->cells[i]);
	if (!other)
		return;
	if (!p->broken) {
		why = mem_text("--describe: the id %s is also in %s", p->cells[i - 1].id,
			       other->path);
		free_cells(s, p, i - 1);
		make_broken(p, why);
	}
	for (int n = 2; owner(s, &p->cells[0]); n++) {
		id = mem_text("%s-%d", p->name, n);
		free(p->cells[0].id);
		p->cells[0].id = id;
	}
}

static void read_answer(struct probe *answer)
{
	struct suite_program *p = answer->arg;
	char *why = why_no_answer(answer);

	if (!why)
		p->describe = describe_parse(p->name, answer->out, &why);
	if (why)
		make_broken(p, why);
	else
		make_cells(p);
	free(answer->out);
}

/* The tree has only borrowed the cells. */
static void keep(void *cell)
{
}

struct suite *suite_load(void)
{
	struct suite *s;
	struct probe *probes;
	size_t n;
	char **paths = places_programs(&n);

	if (!paths)
		return NULL;
	s = mem_zero(1, sizeof(*s));
	s->n = n;
	s->programs = mem_zero(n, sizeof(*s->programs));
	probes = mem_zero(n, sizeof(*probes));
	for (size_t i = 0; i < n; i++) {
		s->programs[i].path = paths[i];
		s->programs[i].name = mem_copy(strrchr(paths[i], '/') + 1);
		/* The matrices come last, and take longest: first with them. */
		probes[n - 1 - i] = (struct probe){ .path = paths[i],
						    .option = "--describe",
						    .arg = &s->programs[i] };
	}
	probe_all(probes, n, DESCRIBE_SECONDS, read_answer);
	for (size_t i = 0; i < n; i++)
		check_unique(s, &s->programs[i]);
	free(probes);
	free(paths);
	return s;
}

void suite_free(struct suite *s)
{
	tdestroy(s->ids, keep);
	for (size_t i = 0; i < s->n; i++) {
		free_cells(s, &s->programs[i], 0);
		json_decref(s->programs[i].describe);
		free(s->programs[i].name);
		free(s->programs[i].path);
		free(s->programs[i].broken);
	}
	free(s->programs);
	free(s);
}

struct subject {
	const struct suite_program *program;
	const struct suite_cell *cell;
};

static bool fits(const char *glob, void *arg)
{
	const struct subject *s = arg;
	const json_t *tags = json_object_get(s->program->describe, "tags");

	if (!fnmatch(glob, s->cell->id, 0) || !fnmatch(glob, s->program->name, 0))
		return true;
	for (size_t i = 0; i < json_array_size(tags); i++)
		if (!fnmatch(glob, json_string_value(json_array_get(tags, i)), 0))
			return true;
	return false;
}

size_t suite_select(struct suite *s, const struct expr *e)
{
	struct subject subject;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < s->programs[i].n_cells; j++) {
			subject.program = &s->programs[i];
			subject.cell = &s->programs[i].cells[j];
			s->programs[i].cells[j].selected = !e || expr_match(e, fits, &subject);
			n += s->programs[i].cells[j].selected;
		}
	return n;
}

size_t suite_selected(const struct suite_program *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_cells; i++)
		n += p->cells[i].selected;
	return n;
}

static bool fits_nothing(const char *glob, void *arg)
{
	const struct suite *s = arg;
	struct subject subject;

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < s->programs[i].n_cells; j++) {
			subject.program = &s->programs[i];
			subject.cell = &s->programs[i].cells[j];
			if (fits(glob, &subject))
				return false;
		}
	return true;
}

const char *suite_unknown(const struct suite *s, const struct expr *e)
{
	return expr_find(e, fits_nothing, (void *)s);
}

char *suite_did_you_mean(const struct suite *s, const char *glob, char *said, size_t size)
{
	const char **names = mem_zero(1, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct suite_program *p = &s->programs[i];
		json_t *tags = json_object_get(p->describe, "tags");

		names = mem_grow(names, n + 2 + p->n_cells + json_array_size(tags), sizeof(*names));
		names[n++] = p->name;
		for (size_t j = 0; j < p->n_cells; j++)
			if (strcmp(p->cells[j].id, p->name)) /* a program's only case */
				names[n++] = p->cells[j].id;
		for (size_t j = 0; j < json_array_size(tags); j++)
			names[n++] = json_string_value(json_array_get(tags, j));
		names[n] = NULL;
	}
	opt_did_you_mean(glob, names, said, size);
	free(names);
	return said;
}

/* Does CELL have the need NAME? Without a list of its own it has all of the program's. */
static bool is_needed(const struct suite_cell *cell, const char *name)
{
	const json_t *names = json_object_get(cell->describe, "needs");

	for (size_t i = 0; i < json_array_size(names); i++)
		if (!strcmp(json_string_value(json_array_get(names, i)), name))
			return true;
	return !names;
}

void suite_needs(const struct suite_program *p, const struct suite_cell *cell,
		 void (*fn)(json_t *need, void *arg), void *arg)
{
	const json_t *needs = json_object_get(p->describe, "needs");
	json_t *need;

	for (size_t i = 0; i < json_array_size(needs); i++) {
		need = json_array_get(needs, i);
		if (is_needed(cell, js_string(need, "name")))
			fn(need, arg);
	}
}
