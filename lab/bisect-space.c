// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-space.h"

#include "bisect-order.h"
#include "file.h"
#include "job.h"
#include "js.h"
#include "kernels.h"
#include "mem.h"
#include "opt.h"
#include "places.h"
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CANNOT_BUILD_ANY 2

static void add(void *list, const char *option, const char *value, const char *modules)
{
	bisect_list_add(list, option, value, modules);
}

static bool look_kernels(struct bisect_space *s, char **why)
{
	const struct bisect_wish *w = s->wish;

	if (w->list)
		kernels_read("bisect: --list", w->list, add, &s->list);
	if (w->deb && !bisect_order_debs(&s->list, w->deb, why))
		return false;
	for (size_t i = 0; i < w->named.n; i++)
		add(&s->list, w->named.items[i].option, w->named.items[i].value,
		    w->named.items[i].modules);
	if (s->list.n < 2)
		opt_usage("bisect: %zu kernel%s; at least two are needed, the oldest first",
			  s->list.n, s->list.n == 1 ? "" : "s");
	bisect_order_check(&s->list);
	return true;
}

/* Positions between the good and the bad side; VALUE and OPTION are what each boots. */
static void add_positions(struct bisect_space *s, const char *what, const struct bisect_item *k)
{
	size_t n = bisect_diff_count(&s->diff);
	char *name;

	if (!n)
		opt_usage("bisect: the good and the bad %s are the same", what);
	for (size_t i = 0; i <= n; i++) {
		name = bisect_diff_name(&s->diff, i);
		bisect_list_add(&s->list, k->option, name, NULL);
		free(s->list.items[i].value);
		s->list.items[i].value = mem_copy(k->value);
		s->list.items[i].modules = mem_copy(k->modules);
		if (s->kind == BISECT_PARAMETERS)
			s->list.items[i].append = bisect_diff_text(&s->diff, i, ' ');
		free(name);
	}
}

static void look_configs(struct bisect_space *s)
{
	const struct bisect_wish *w = s->wish;
	const char *path;

	if (!bisect_diff_configs(&s->diff, w->good, w->bad, &path))
		opt_usage("bisect: --%s: %s: %s", path == w->good ? "good" : "bad", path,
			  strerror(errno));
	add_positions(s, "configuration",
		      &(struct bisect_item){ .option = "--build", .value = (char *)"" });
	bisect_git_look(&s->git, w->tree, NULL, "HEAD", false);
}

static void look_parameters(struct bisect_space *s)
{
	const struct bisect_wish *w = s->wish;
	struct bisect_item k = { .option = "--deb", .value = (char *)w->deb };

	if (w->named.n + !!w->deb != 1)
		opt_usage("bisect: --parameters needs one kernel, of --deb, --kernel or --build");
	bisect_diff_words(&s->diff, w->good, w->bad);
	add_positions(s, "parameters", w->deb ? &k : &w->named.items[0]);
}

bool bisect_space_look(struct bisect_space *s, const struct bisect_wish *w, char **why)
{
	*s = (struct bisect_space){ .kind = w->kind, .wish = w };
	if (w->kind == BISECT_COMMITS) {
		bisect_git_look(&s->git, w->tree, w->good, w->bad, w->fix);
		s->ends[0] = mem_copy(s->git.good);
		s->ends[1] = mem_copy(s->git.bad);
		s->between = s->git.commits;
		return true;
	}
	if (w->kind == BISECT_KERNELS && !look_kernels(s, why))
		return false;
	if (w->kind == BISECT_CONFIGS)
		look_configs(s);
	if (w->kind == BISECT_PARAMETERS)
		look_parameters(s);
	bisect_list_ready(&s->list, w->fix);
	s->ends[w->fix] = mem_copy(s->list.items[0].id);
	s->ends[!w->fix] = mem_copy(s->list.items[s->list.n - 1].id);
	s->between = s->list.n - 1;
	return true;
}

bool bisect_space_builds(const struct bisect_space *s)
{
	return s->kind == BISECT_COMMITS || s->kind == BISECT_CONFIGS;
}

bool bisect_space_open(struct bisect_space *s, const char *cache, char **why)
{
	if (!bisect_space_builds(s))
		return true;
	s->config = s->wish->config ? mem_copy(s->wish->config) : places_file("lab/config");
	if (!bisect_git_open(&s->git, cache, why))
		return false;
	s->dir = mem_text("%s/build", s->git.place);
	return (s->kind != BISECT_COMMITS || bisect_git_start(&s->git, why));
}

const struct bisect_space_ops *bisect_space_ops(const struct bisect_space *s)
{
	return s->kind == BISECT_COMMITS ? &bisect_git_ops : &bisect_list_ops;
}

void *bisect_space_arg(struct bisect_space *s)
{
	return s->kind == BISECT_COMMITS ? (void *)&s->git : (void *)&s->list;
}

static bool write_config(const struct bisect_space *s, const char *id, const char *path)
{
	char *text;
	size_t n = 0;
	bool ok;

	while (strcmp(s->list.items[n].id, id))
		n++;
	text = bisect_diff_text(&s->diff, n, '\n');
	ok = file_replace(path, text, strlen(text));
	free(text);
	return ok;
}

/* make's words are more than one, and the shell is not asked to cut them. */
static int make(const struct bisect_space *s, const char *config, char **said)
{
	char *script = places_file("lab/make.sh"), *words = mem_copy(s->wish->make), *save;
	const char *argv[32] = { script, s->git.clone, s->dir, config };
	size_t n = 4;
	int code;

	for (char *word = words ? strtok_r(words, " \t", &save) : NULL; word && n < 31;
	     word = strtok_r(NULL, " \t", &save))
		argv[n++] = word;
	code = script_text(argv, said);
	free(script);
	free(words);
	(*said)[strcspn(*said, "\n")] = '\0';
	return code;
}

static enum bisect_result build(struct bisect_space *s, const char *id, char **why)
{
	bool own = s->kind == BISECT_CONFIGS;
	char *config = own ? mem_text("%s/config", s->git.place) : mem_copy(s->config), *said;
	enum bisect_result result = BISECT_CLEAN;
	double start = job_now();
	int code;

	free(s->built);
	s->built = NULL;
	if (!bisect_git_checkout(&s->git, own ? s->git.bad : id, why))
		return BISECT_FATAL;
	if (own && !write_config(s, id, config)) {
		*why = mem_text("cannot write %s: %s", config, strerror(errno));
		return BISECT_FATAL;
	}
	code = make(s, config, &said);
	s->build_seconds = job_now() - start;
	if (!code) {
		s->built = mem_copy(id);
		free(said);
	} else {
		*why = said;
		result = code == CANNOT_BUILD_ANY || code < 0 ? BISECT_FATAL : BISECT_CANNOT;
	}
	free(config);
	return result;
}

enum bisect_result bisect_space_prepare(struct bisect_space *s, const char *id,
					struct bisect_item *k, char **why)
{
	enum bisect_result result = BISECT_CLEAN;

	*k = (struct bisect_item){ .id = (char *)id, .option = "--build", .value = s->dir };
	if (!bisect_space_builds(s)) {
		*k = *bisect_list_find(&s->list, id);
		return BISECT_CLEAN;
	}
	if (!s->built || strcmp(s->built, id) != 0)
		result = build(s, id, why);
	return result;
}

char *bisect_space_label(const struct bisect_space *s, const char *id)
{
	const struct bisect_item *item;
	char *label;

	if (s->kind == BISECT_COMMITS) {
		label = bisect_git_show(&s->git, id, "%h (\"%s\")");
		js_clean(label);
		return label;
	}
	item = bisect_list_find(&s->list, id);
	return item && item->release ? mem_text("%s (%s)", id, item->release) : mem_copy(id);
}

void bisect_space_told(struct bisect_space *s, const char *id, const char *release)
{
	for (size_t i = 0; s->kind == BISECT_KERNELS && i < s->list.n; i++)
		if (!strcmp(s->list.items[i].id, id) && !s->list.items[i].release)
			s->list.items[i].release = mem_copy(release);
}

const char *bisect_space_unit(const struct bisect_space *s)
{
	static const char *const units[] = { "commit", "kernel", "option", "parameter" };

	return units[s->kind];
}

void bisect_space_free(struct bisect_space *s)
{
	if (s->list.n)
		bisect_list_free(&s->list);
	bisect_git_free(&s->git);
	bisect_diff_free(&s->diff);
	free(s->config);
	free(s->dir);
	free(s->ends[0]);
	free(s->ends[1]);
	free(s->built);
}
