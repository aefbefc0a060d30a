// SPDX-License-Identifier: GPL-2.0-or-later
/* The verbs of run.sh, and after `make install` of lostwrite. */
#include "config.h"
#include "answer.h"
#include "opt.h"
#include "places.h"
#include "verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct verb *const verbs[] = {
	&verb_run,    &verb_shard,   &verb_resume,  &verb_list,	  &verb_describe,
	&verb_report, &verb_compare, &verb_history, &verb_undo,	  &verb_scene,
	&verb_shrink, &verb_inline,  &verb_vm,	    &verb_ladder, &verb_bisect,
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(name, verbs[i]->name))
			return verbs[i];
	return NULL;
}

static const struct verb *find_or_usage(const char *name)
{
	const char *names[VERBS + 2] = { "help" }, *nearest;
	const struct verb *v = find(name);

	if (v)
		return v;
	for (size_t i = 0; i < VERBS; i++)
		names[i + 1] = verbs[i]->name;
	nearest = opt_nearest(name, names);
	if (nearest)
		opt_usage("unknown verb '%.40s'; did you mean '%s'?", name, nearest);
	opt_usage("unknown verb '%.40s'; '%s help' lists them", name, verb_program());
}

static int help(int argc, char **argv)
{
	static char option[] = "--help";
	const struct verb *v = argc > 1 && strcmp(argv[1], "help") ? find_or_usage(argv[1]) : NULL;

	if (v)
		return v->run(v, 2, (char *[]){ argv[1], option, NULL });
	verb_print("usage: @ [VERB] [OPTIONS]\n\n"
		   "Finds bytes that were written to memory and that the kernel lost.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
	verb_print("  check     test lostwrite itself (run.sh only)\n"
		   "  bench     measure how fast it is (run.sh only)\n"
		   "  help      this, or help with a VERB\n\n"
		   "@ alone is '@ run quick'. '@ VERB --help' has the options and examples.\n");
	return 0;
}

static int version(void)
{
	printf("lostwrite %s\n", PACKAGE_VERSION);
	return 0;
}

/* For a shell that completes a verb, or the name of a program; options are verb_option()'s. */
static int complete(const char *what)
{
	char **paths;
	size_t n;

	for (size_t i = 0; i < VERBS && strcmp(what, "programs"); i++)
		puts(verbs[i]->name);
	paths = strcmp(what, "programs") ? NULL : places_programs(&n);
	for (size_t i = 0; paths && i < n; i++) {
		puts(strrchr(paths[i], '/') + 1);
		free(paths[i]);
	}
	free(paths);
	return 0;
}

int main(int argc, char **argv)
{
	const struct verb *v;
	static char run[] = "run", *quick[] = { run, NULL };
	const char *program = verb_program(), *slash = strrchr(program, '/');

	program_invocation_short_name = (char *)(slash ? slash + 1 : program);
	if (argc < 2 && getenv("LOSTWRITE_COMPLETE"))
		return complete(getenv("LOSTWRITE_COMPLETE"));
	if (argc < 2)
		return verb_run.run(&verb_run, 1, quick);
	argc--;
	argv++;
	if (!strcmp(*argv, "help") || !strcmp(*argv, "--help") || !strcmp(*argv, "-h"))
		return help(argc, argv);
	if (!strcmp(*argv, "--version"))
		return version();
	v = find_or_usage(*argv);
	return answer_is_wanted(v, argc, argv) ? answer_run(v, argc, argv) : v->run(v, argc, argv);
}
