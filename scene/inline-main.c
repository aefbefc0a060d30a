// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inline: a scene or a reproducer as one C file that needs nothing of the suite.
 *
 *	inline FILE|- [--title TEXT] [--note TEXT]... [--name NAME]
 *	inline --case NAME
 */
#include "config.h"
#include "inline.h"
#include "load.h"
#include "opt.h"
#include "op.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define SEE "the last\n *\t  check is given something else than what it expects, and must say so"

#define EXIT_NO_FORM   2
#define EXIT_NO_SOURCE 3

static const char help[] =
	"usage: inline FILE|- [--title TEXT] [--note TEXT]... [--name NAME]\n"
	"       inline --case REPRODUCER\n\n"
	"Prints one C file of all that a scene or a reproducer needs.\n\n"
	"Exit: 0; 2 something in it has no standalone form; 3 no such reproducer; 64 a bad\n"
	"scene or option.\n";

static struct scene scene;

/* Each line of the scene beside what it means, from the table of operations. */
static const char *story(void)
{
	const char *text = "", *summary;

	for (unsigned int i = 0; i < scene.steps; i++) {
		summary = strstr(scene.step[i].op->summary, ": ");
		text = text_make("%s *	%-28s %s\n", text, scene.step[i].text,
				 summary ? summary + 2 : scene.step[i].op->summary);
	}
	return text;
}

/* Words in lines of a comment. */
static const char *folded(const char *text)
{
	const char *out = " *";
	size_t column = 2, len;

	for (; *text; text += len) {
		text += strspn(text, " \n");
		len = strcspn(text, " \n");
		if (column + 1 + len > 90) {
			out = text_make("%s\n *", out);
			column = 2;
		}
		out = len ? text_make("%s %.*s", out, (int)len, text) : out;
		column += 1 + len;
	}
	return text_make("%s\n", out);
}

static const char *tail(const char *name, const char *run)
{
	return text_make(
		" *\n * Build  cc -O2 -Wall -Wextra %s.c -o %sLIBRARIES\n"
		" * Run    as root, on a machine that may lose its bytes%s\n"
		" * Exit   0 pass, 1 corrupt, 2 inconclusive, 77 skip, 99 the test is broken\n"
		" *\n * Written by lostwrite %s (GPL-2.0-or-later): its own sources, less what "
		"this does not need.\n */\n",
		name, name, run, PACKAGE_VERSION);
}

static int print(struct file *root, const char *head)
{
	char why[256];

	root->main = true;
	if (!reach(root, why, sizeof(why))) {
		fprintf(stderr, "inline: %s\n", why);
		return EXIT_NO_FORM;
	}
	inline_print(stdout, root, head);
	return fflush(stdout) || ferror(stdout) ? EXIT_NO_FORM : 0;
}

/* The bit in "#define NEED_SWAP (1ull << 1)". */
static unsigned long long need_of(struct token word)
{
	struct chunk *macro = chunk_find(&inline_files[0], word.at, word.len);
	const char *shift = macro ? strstr(macro->text, "<<") : NULL;

	return shift ? 1ull << atoi(shift + 2) : 0;
}

/* A reproducer says what it needs by name; its main() gets their probes. */
static const char *with_needs(const char *text)
{
	static const char call[] = "	return case_main(";
	const char *at = strstr(text, call);
	unsigned long long needs = 0;

	for (struct token t = token_at(text); t.kind != TOKEN_END; t = token_next(t))
		if (t.len > 5 && !strncmp(t.at, "NEED_", 5))
			needs |= need_of(t);
	return at ? text_make("%.*s%s%s", (int)(at - text), text, inline_requires(needs), at)
		  : text;
}

static int of_storm(const char *mix, const char *notes, const char *name)
{
	char why[256];
	const char *title, *text = inline_storm(mix, &title, why, sizeof(why));

	if (!text) {
		fprintf(stderr, "inline: %s\n", why);
		return EXIT_NO_FORM;
	}
	return print(chunk_add("main", with_needs(text)),
		     text_make("// SPDX-License-Identifier: GPL-2.0-or-later\n/*\n%s%s%s",
			       folded(title), notes, tail(name, "")));
}

static int of_file(const char *path, const char *title, const char *notes, const char *name)
{
	const char *given = load_text(path);
	char why[256], *text;
	struct file *root;

	if (inline_is_mix(given))
		return of_storm(given, notes, name);
	if (!scene_parse(given, &scene, why, sizeof(why)))
		opt_usage("%s: %s", path, why);
	text = inline_scene(&scene, why, sizeof(why));
	if (!text) {
		fprintf(stderr, "inline: %s\n", why);
		return EXIT_NO_FORM;
	}
	root = chunk_add("main", text);
	root->scene = prune_scene = true;
	return print(root,
		     text_make("// SPDX-License-Identifier: GPL-2.0-or-later\n/*\n%s%s *\n%s%s",
			       folded(title), notes, story(),
			       tail(name, "; with an argument, " SEE)));
}

static int of_case(const char *name, const char *called)
{
	const char *path = text_make("reproducers/%s.c", name), *from, *to, *text;

	for (const struct inline_source *s = inline_sources; s->path; s++) {
		if (strcmp(s->path, path))
			continue;
		text = with_needs(s->text);
		from = strstr(s->text, "/*");
		to = strstr(from, " */");
		return print(chunk_add(path, text),
			     text_make("// SPDX-License-Identifier: GPL-2.0-or-later\n%.*s%s",
				       (int)(to - from), from, tail(called, "")));
	}
	fprintf(stderr, "inline: %s is neither a scene nor a reproducer\n", name);
	return EXIT_NO_SOURCE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "case", required_argument, NULL, 'c' },
		{ "title", required_argument, NULL, 't' },
		{ "note", required_argument, NULL, 'n' },
		{ "name", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	const char *title = "a scene", *notes = "", *name = NULL, *of = NULL;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			of = optarg;
			break;
		case 't':
			title = optarg;
			break;
		case 'n':
			notes = text_make("%s *\n%s", notes, folded(optarg));
			break;
		case 'f':
			name = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'v':
			puts("inline (lostwrite) " PACKAGE_VERSION);
			return 0;
		default:
			opt_usage("bad option '%.60s'; see --help", argv[optind - 1]);
		}
	if (optind + !of != argc)
		opt_usage("a scene file is expected, or - for standard input, or --case NAME");
	chunk_load();
	if (!name)
		name = of ? of : "scene";
	return of ? of_case(of, name) : of_file(argv[optind], title, notes, name);
}
