// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include "mem.h"
#include "opt.h"
#include "rundir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 32

const char *verb_program(void)
{
	const char *set = getenv("LOSTWRITE_ARGV0");

	return set && *set ? set : "lostwrite";
}

void verb_print(const char *text)
{
	for (; *text; text++)
		if (*text == '@')
			fputs(verb_program(), stdout);
		else
			putchar(*text);
}

__attribute__((noreturn)) static void unknown(const struct verb *v, const char *word,
					      const struct option *options)
{
	const char *names[OPTIONS_MAX + 1] = { "help", NULL }, *nearest;
	char *name = mem_text("%.*s", (int)strcspn(word, "="), word);

	for (size_t i = 0; i + 1 < OPTIONS_MAX && options[i].name; i++) {
		names[i + 1] = options[i].name;
		names[i + 2] = NULL;
	}
	nearest = strncmp(name, "--", 2) ? NULL : opt_nearest(name + 2, names);
	if (nearest)
		opt_usage("%s: unknown option '%.40s'; did you mean '--%s'?", v->name, name,
			  nearest);
	opt_usage("%s: unknown option '%.40s'; '%s %s --help' lists them", v->name, name,
		  verb_program(), v->name);
}

/* For a shell that completes a word. */
__attribute__((noreturn)) static void print_options(const struct option *options)
{
	for (; options->name; options++)
		printf("--%s\n", options->name);
	exit(0);
}

int verb_option(const struct verb *v, int argc, char **argv, const struct option *options)
{
	struct option all[OPTIONS_MAX + 2] = { { "help", no_argument, NULL, 'h' } };
	int c, before;

	for (size_t i = 0; i < OPTIONS_MAX && options[i].name; i++)
		all[i + 1] = options[i];
	if (getenv("LOSTWRITE_COMPLETE"))
		print_options(all);
	opterr = 0;
	before = optind ? optind : 1;
	c = getopt_long(argc, argv, ":h", all, NULL);
	if (c == 'h') {
		verb_print(v->help);
		exit(0);
	}
	if (c == ':')
		opt_usage("%s: %.40s needs a value", v->name, argv[optind - 1]);
	if (c == '?')
		unknown(v, argv[optind > before ? optind - 1 : before], options);
	return c;
}

char *verb_directory(int argc, char **argv)
{
	return optind < argc ? mem_copy(argv[optind++]) : mem_text("%s/latest", rundir_results());
}

void verb_no_more(const struct verb *v, int argc, char **argv)
{
	if (optind < argc)
		opt_usage("%s: '%.40s' is one word too many; '%s %s --help' says what it takes",
			  v->name, argv[optind], verb_program(), v->name);
}
