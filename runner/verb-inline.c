// SPDX-License-Identifier: GPL-2.0-or-later
/* shrink and inline: from a scene in a file, or from a case, to the program that does it. */
#include "file.h"
#include "js.h"
#include "mem.h"
#include "opt.h"
#include "pick.h"
#include "places.h"
#include "scenes.h"
#include "suite.h"
#include "text.h"
#include "verb.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char shrink_help[] =
	"usage: @ shrink SCENE|MIX|CASE/CELL [OPTIONS]\n\n"
	"Prints the smallest scene that fails like SCENE (a file, - for standard input) or the\n"
	"cell of a matrix: lines, processes, pages and WHERE go as long as the same class of\n"
	"failure is seen. Its comment says what is lost, and how often of how many plays.\n"
	"Of a storm, or its replay.json: roles, threads, memory and time, as long as it fails\n"
	"as often.\n\n"
	"  --output FILE   write it there\n"
	"  --seconds N     at most (60): what is smallest by then\n"
	"  --inject KIND   damage on purpose: does it shrink? (stale, zeros, torn, foreign)\n"
	"  --verbose       say each smaller scene on stderr\n\n"
	"Exit: 0 shrunk, 2 it does not fail here, 3 no such case, 77 a need is missing,\n"
	"99 broken, 64 a bad scene, or a case that is no scene.\n\n"
	"  @ shrink bug.scene\n"
	"  @ shrink matrix-coherence/anon4k.swapcache.uring-read.nothing.dropped\n"
	"  @ shrink storm-uring/clean --output smallest.json\n";

static const char inline_help[] =
	"usage: @ inline SCENE|MIX|CASE[/CELL] [--output FILE]\n\n"
	"Prints one C file that does what SCENE (a file, - for standard input), the cell of a\n"
	"matrix, a mix of a storm (replay.json) or a reproducer does, made of the suite's own\n"
	"sources: to be mailed, compiled and run by itself. Its comment says how.\n\n"
	"Exit: 0; 2 something in it has no standalone form; 3 no such case; 64 a bad scene.\n\n"
	"  @ inline uring-fixed-read-vs-mremap\n"
	"  @ inline matrix-coherence/anon4k.dirty.odirect-read.fork-lives --output bug.c\n"
	"  @ shrink bug.scene | @ inline -\n";

/* The one cell that NAME means, or exits. */
static struct suite_cell *one_cell(const struct verb *v, const char *name, struct suite **suite,
				   struct suite_program **program)
{
	struct suite_cell *cell = NULL;
	char *id = scenes_id(name);
	int code;
	size_t n = 0;

	*suite = pick_suite(v->name, id, &code);
	if (!*suite)
		exit(code);
	for (size_t i = 0; i < (*suite)->n; i++)
		for (size_t j = 0; j < (*suite)->programs[i].n_cells; j++)
			if ((*suite)->programs[i].cells[j].selected && !n++) {
				*program = &(*suite)->programs[i];
				cell = &(*program)->cells[j];
			}
	free(id);
	if (n > 1 && strcmp((*program)->name, name))
		opt_usage("%s: '%.80s' selects %zu cells; name one", v->name, name, n);
	return cell;
}

/* TEXT as standard input. */
static void feed(const char *text)
{
	int fd = memfd_create("scene", 0);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    lseek(fd, 0, SEEK_SET) || dup2(fd, STDIN_FILENO) < 0) {
		perror("a scene in memory");
		exit(EXIT_BROKEN);
	}
}

static int start(char **words)
{
	execv(words[0], words);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	return EXIT_BROKEN;
}

/* "open upstream: ...", "refs: ...": what a mail should say. */
static size_t notes(char **words, size_t n, const struct suite_program *p,
		    const struct suite_cell *cell)
{
	static const char *const keys[] = { "open", "hazard" };
	json_t *refs = json_object_get(p->describe, "refs");
	char *text = mem_text("Refs:");

	for (size_t i = 0; i < 2; i++) {
		const char *said = json_string_value(json_object_get(cell->describe, keys[i]));

		if (!said)
			continue;
		words[n++] = mem_copy("--note");
		words[n++] = mem_text("%s: %s", i ? "Documented hazard" : "Open upstream", said);
	}
	for (size_t i = 0; i < json_array_size(refs); i++)
		text = mem_text("%s %s", text, json_string_value(json_array_get(refs, i)));
	if (json_array_size(refs)) {
		words[n++] = mem_copy("--note");
		words[n++] = text;
	}
	return n;
}

/* Is it JSON, behind comments: the mix of a storm? */
static bool is_mix(const char *text)
{
	while (*text == '#')
		text += strcspn(text, "\n") + 1;
	return *text == '{';
}

/* The same of a file; standard input is looked at and put back as a file. */
static bool is_mix_file(const char *name)
{
	char *text = file_text(strcmp(name, "-") ? name : "/dev/stdin");
	bool mix = text && is_mix(text);

	if (text && !strcmp(name, "-"))
		feed(text);
	free(text);
	return mix;
}

/* Of a cell: its scene on stdin; of a reproducer: its name. */
static size_t source_words(const struct verb *v, char **words, const char *name, bool inlines)
{
	struct suite *suite;
	struct suite_program *p = NULL;
	struct suite_cell *cell = one_cell(v, name, &suite, &p);
	char *text = cell->describe ? scenes_text(p, cell) : NULL;
	size_t n = 1;

	if (!text && inlines) {
		words[n++] = mem_copy("--case");
		words[n++] = mem_copy(p->name);
		return n;
	}
	if (!text)
		opt_usage("%s: %s is a program and no scene; its source tells its story", v->name,
			  cell->id);
	feed(text);
	words[n++] = mem_copy("-");
	if (!inlines && is_mix(text)) {
		words[0] = places_file("storm/shrink");
		return n;
	}
	if (!inlines) {
		words[n++] = mem_copy("--from");
		words[n++] = mem_copy(cell->id);
		return n;
	}
	words[n++] = mem_copy("--title");
	words[n++] = mem_text("%s: %s", cell->id, js_string(p->describe, "summary"));
	return notes(words, n, p, cell);
}

static bool is_file(const char *name)
{
	return !strcmp(name, "-") || !access(name, R_OK);
}

/* What `cc` will be told: the name of the file without ".c". */
static char *stem(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *name = mem_copy(path ? slash ? slash + 1 : path : "scene"), *dot = strrchr(name, '.');

	if (dot && dot != name)
		*dot = '\0';
	return name;
}

/*
 * Not closed by exec: it is for the program that comes in our place, which is also why
 * nothing has been freed that a leak checker would look for at exit().
 */
static void output_to(const char *path)
{
	if (!path || freopen(path, "w", stdout))
		return;
	fprintf(stderr, "%s: --output: %s: %s\n", program_invocation_short_name, path,
		strerror(errno));
	_exit(OPT_EXIT_USAGE);
}

static int shrink(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { "output", required_argument, NULL, 'o' },
						 { "seconds", required_argument, NULL, 's' },
						 { "inject", required_argument, NULL, 'i' },
						 { "verbose", no_argument, NULL, 'v' },
						 { NULL, 0, NULL, 0 } };
	char *words[32] = { places_file("scene/shrink") }, *more[8], *name;
	size_t n = 0, m = 1;
	int option;

	while ((option = verb_option(v, argc, argv, options)) != -1) {
		if (n + 2 > sizeof(more) / sizeof(*more))
			opt_usage("shrink: too many options");
		more[n++] = mem_copy(option == 'o'   ? "--output"
				     : option == 's' ? "--seconds"
				     : option == 'i' ? "--inject"
						     : "--verbose");
		if (option != 'v')
			more[n++] = optarg;
	}
	if (optind == argc)
		opt_usage("shrink: a scene or a case is expected; 'shrink --help' says more");
	name = argv[optind++];
	verb_no_more(v, argc, argv);
	if (!is_file(name)) {
		m = source_words(v, words, name, false);
	} else {
		words[m++] = name;
		words[0] = is_mix_file(name) ? places_file("storm/shrink") : words[0];
	}
	memcpy(words + m, more, n * sizeof(*more));
	return start(words);
}

static int run_inline(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { "output", required_argument, NULL, 'o' },
						 { NULL, 0, NULL, 0 } };
	char *words[32] = { places_file("scene/inline") }, *name;
	const char *output = NULL;
	size_t n = 2;

	while (verb_option(v, argc, argv, options) != -1)
		output = optarg;
	if (optind == argc)
		opt_usage("inline: a scene or a case is expected; 'inline --help' says more");
	name = argv[optind++];
	verb_no_more(v, argc, argv);
	if (is_file(name))
		words[1] = name;
	else
		n = source_words(v, words, name, true);
	if (output) {
		words[n++] = mem_copy("--name");
		words[n] = stem(output);
	}
	output_to(output);
	return start(words);
}

const struct verb verb_shrink = { "shrink", "make a failing scene smaller", shrink_help, shrink };
const struct verb verb_inline = { "inline", "a scene or case as one C file", inline_help,
				  run_inline };
