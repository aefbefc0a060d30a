// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "case-impl.h"
#include "opt.h"
#include "rng.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct case_options case_options;

enum {
	OPT_DESCRIBE = 256,
	OPT_LIST,
	OPT_ALL,
	OPT_SCENE,
	OPT_CELL,
	OPT_SECONDS,
	OPT_LIMIT,
	OPT_ROUNDS,
	OPT_SEED,
	OPT_INJECT,
	OPT_JSON,
	OPT_VERBOSE,
	OPT_VERSION,
	OPT_HELP,
	OPT_OWN, /* the program's own from here on */
};

#define MOST_OWN 8

static struct option options[OPT_OWN - OPT_DESCRIBE + MOST_OWN + 1] = {
	{ "describe", no_argument, NULL, OPT_DESCRIBE },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "scene", no_argument, NULL, OPT_SCENE },
	{ "cell", required_argument, NULL, OPT_CELL },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "inject", required_argument, NULL, OPT_INJECT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
};

static const char *const kinds_of_oracle[][8] = {
	{ "stale", "zeros", "torn", "foreign", "bit-flip", "garbage", NULL }, /* coherence */
	{ "leak", NULL },						      /* isolation */
	{ "unreported", "ghost", NULL },				      /* tracking */
};

const char *const *case_inject_kinds(const struct case_info *info)
{
	static const char *kinds[16];
	unsigned int n = 0;

	for (unsigned int oracle = 0; oracle < 3; oracle++)
		for (int i = 0; info->oracles >> oracle & 1 && kinds_of_oracle[oracle][i]; i++)
			kinds[n++] = kinds_of_oracle[oracle][i];
	kinds[n++] = "calm";
	kinds[n] = NULL;
	return kinds;
}

static void print_help(const struct case_info *info, const char *program)
{
	printf("usage: %s [OPTION...]\n\n%s\n\n", program, info->summary);
	fputs("  --cell PATTERN   only the cells that match (a glob; may be repeated)\n"
	      "  --list           print the cells, one a line\n"
	      "  --list --all     and which are not there, and why\n"
	      "  --scene          print the cells as scenes, where they are (docs/scenes.md)\n"
	      "  --describe       print what this is and needs, as one line of JSON\n"
	      "  --rounds N       trials of each cell\n"
	      "  --seconds N      as many trials as fit, over all cells\n"
	      "  --limit N        begin no cell after N seconds\n"
	      "  --seed N         repeat the decisions of an earlier run\n"
	      "  --inject KIND    damage on purpose, to see the case fail:\n"
	      "                  ",
	      stdout);
	for (const char *const *kind = case_inject_kinds(info); *kind; kind++)
		printf(" %s", *kind);
	putchar('\n');
	for (const struct case_option *own = info->options; own && own->name; own++)
		printf("  --%s %-*s %s\n", own->name, 13 - (int)strlen(own->name),
		       own->value ? own->value : "", own->help);
	printf("  --json           JSON lines instead of KTAP\n"
	       "  --verbose        more '#' lines\n"
	       "  --version, --help\n\n"
	       "Exit: 0 pass, 1 corrupt, 2 inconclusive, 77 skip, 99 broken, 64 bad options.\n\n"
	       "Examples:\n"
	       "  %s                      each cell a few times\n"
	       "  %s --seconds 60         for a minute\n"
	       "  %s --inject %s      must say corrupt\n"
	       "  %s --inject calm       must say inconclusive\n",
	       program, program, program, case_inject_kinds(info)[0], program);
}

static void print_list(const struct case_info *info, bool all)
{
	const struct case_cannot *rule = all ? info->cannot : NULL;
	char id[256];

	for (const struct case_cell *cell = case_cells(info); cell->name; cell++)
		puts(case_id(info, cell, id, sizeof(id)));
	for (; rule && rule->pattern; rule++)
		printf("# %s.%s: %lu are not there: %s\n", info->name, rule->pattern, rule->cells,
		       rule->reason);
}

/* A scene each, with its id above it; one of them can be played as it is. */
static void print_scenes(const struct case_info *info)
{
	bool found = false;
	char id[256];

	for (const struct case_cell *cell = case_cells(info); cell->name; cell++) {
		case_id(info, cell, id, sizeof(id));
		if (!cell->scene || !case_opt_selected(id, cell->name))
			continue;
		printf("%s# %s\n%s", found ? "\n" : "", id, cell->scene);
		found = true;
	}
	if (!found)
		opt_usage("--scene: this is a program and no scene; its source tells its story");
}

/* Prints and leaves; a full disk behind stdout is no success. */
static void done(void)
{
	exit(fflush(stdout) || ferror(stdout) ? BROKEN : 0);
}

static const char *valid_inject(const struct case_info *info, const char *kind)
{
	const char *const *kinds = case_inject_kinds(info);

	for (; *kinds; kinds++)
		if (!strcmp(*kinds, kind))
			return *kinds;
	opt_usage("--inject: unknown kind '%.40s' for this case; see --help", kind);
}

/* The value is checked by the program, and kept for the replay line. */
static void own_option(const struct case_option *own)
{
	size_t used = strlen(case_options.own), room = sizeof(case_options.own) - used;

	own->set(optarg);
	if (snprintf(case_options.own + used, room, " --%s%s%s", own->name, optarg ? " " : "",
		     optarg ? optarg : "") >= (int)room)
		opt_usage("--%s: too long", own->name);
}

static void one(int option, const struct case_info *info)
{
	if (option >= OPT_OWN) {
		own_option(&info->options[option - OPT_OWN]);
		return;
	}
	switch (option) {
	case OPT_CELL:
		case_options.patterns[case_options.pattern_count++] = optarg;
		break;
	case OPT_SECONDS:
		case_options.seconds = opt_number("--seconds", optarg, 1, 86400);
		break;
	case OPT_LIMIT:
		case_options.limit = opt_number("--limit", optarg, 1, 86400);
		break;
	case OPT_ROUNDS:
		case_options.rounds = opt_number("--rounds", optarg, 1, 1000000);
		break;
	case OPT_SEED:
		case_options.seed = opt_number("--seed", optarg, 0, INT64_MAX);
		break;
	case OPT_INJECT:
		case_options.inject = valid_inject(info, optarg);
		break;
	case OPT_JSON:
		case_options.json = true;
		break;
	case OPT_VERBOSE:
		case_options.verbose = true;
		break;
	case OPT_DESCRIBE:
		case_describe(info);
		done();
		break;
	case OPT_LIST:
		case_options.list = true;
		break;
	case OPT_ALL:
		case_options.all = true;
		break;
	case OPT_SCENE:
		case_options.scene = true;
		break;
	case OPT_VERSION:
		printf("%s (lostwrite) " PACKAGE_VERSION "\n", info->name);
		done();
		break;
	case OPT_HELP:
		print_help(info, case_options.program);
		done();
		break;
	}
}

static bool is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[");
}

/* Plain names first, from A to Z. */
static int order(const void *a, const void *b)
{
	const char *one = *(const char *const *)a, *other = *(const char *const *)b;
	int globs = is_glob(one) - is_glob(other);

	return globs ? globs : strcmp(one, other);
}

/* A runner names thousands of cells of a matrix one by one: they are looked up, not tried in turn. */
static void sort_patterns(void)
{
	const char **p = case_options.patterns;
	unsigned int n = 0;

	qsort(p, case_options.pattern_count, sizeof(*p), order);
	for (unsigned int i = 0; i < case_options.pattern_count; i++)
		if (!n || strcmp(p[n - 1], p[i]) != 0)
			p[n++] = p[i];
	case_options.pattern_count = n;
	while (case_options.names < n && !is_glob(p[case_options.names]))
		case_options.names++;
}

/* Among the plain names, or -1. */
static long place_of(const char *name)
{
	const char **at =
		bsearch(&name, case_options.patterns, case_options.names, sizeof(*at), order);

	return at ? at - case_options.patterns : -1;
}

bool case_opt_selected(const char *id, const char *cell)
{
	if (!case_options.pattern_count || place_of(id) >= 0 || place_of(cell) >= 0)
		return true;
	for (unsigned int i = case_options.names; i < case_options.pattern_count; i++)
		if (!fnmatch(case_options.patterns[i], id, 0) ||
		    !fnmatch(case_options.patterns[i], cell, 0))
			return true;
	return false;
}

__attribute__((noreturn)) static void nothing_matches(const struct case_info *info,
						      const char *pattern)
{
	const struct case_cell *cell = case_cells(info);
	const char **names;
	char id[256], said[512];
	size_t n = 0;

	while (cell[n].name)
		n++;
	names = calloc(2 * n + 1, sizeof(*names));
	for (size_t i = 0; names && i < n; i++) {
		names[i] = cell[i].name;
		names[n + i] = strdup(case_id(info, &cell[i], id, sizeof(id)));
	}
	fprintf(stderr, "%s: --cell: no cell matches '%.80s'%s\n", program_invocation_short_name,
		pattern,
		names && *opt_did_you_mean(pattern, names, said, sizeof(said)) ? said
									       : "; see --list");
	exit(CASE_EXIT_NOTHING);
}

static void mark(bool *used, const char *name)
{
	long place = place_of(name);

	if (place >= 0)
		used[place] = true;
	for (unsigned int i = case_options.names; i < case_options.pattern_count; i++)
		used[i] = used[i] || !fnmatch(case_options.patterns[i], name, 0);
}

/* Every pattern must match something: a misspelt cell is not a quiet pass. */
static void check_patterns(const struct case_info *info)
{
	bool *used = calloc(case_options.pattern_count + 1, sizeof(*used));
	unsigned int idle = 0;
	char id[256];

	for (const struct case_cell *cell = case_cells(info); used && cell->name; cell++) {
		mark(used, cell->name);
		mark(used, case_id(info, cell, id, sizeof(id)));
	}
	while (used && idle < case_options.pattern_count && used[idle])
		idle++;
	free(used);
	if (idle < case_options.pattern_count)
		nothing_matches(info, case_options.patterns[idle]);
}

static void tell_cells(const struct case_info *info)
{
	char id[256];

	for (const struct case_cell *cell = case_cells(info); info->parsed && cell->name; cell++)
		if (case_opt_selected(case_id(info, cell, id, sizeof(id)), cell->name))
			info->parsed(cell);
}

uint64_t case_seed(void)
{
	return case_options.seed;
}

void case_patience(unsigned int seconds)
{
	case_options.patience = seconds;
}

static bool is_option(const char *arg)
{
	const char *end = strchrnul(arg, '=');

	for (const struct option *o = options; o->name; o++)
		if (strlen(o->name) == (size_t)(end - arg) && !strncmp(o->name, arg, end - arg))
			return true;
	return false;
}

static void add_own(const struct case_option *own, int i)
{
	options[OPT_OWN - OPT_DESCRIBE + i] =
		(struct option){ own->name, own->value ? required_argument : no_argument, NULL,
				 OPT_OWN + i };
}

void case_opt_parse(int argc, char **argv, const struct case_info *info)
{
	int option;

	case_options.program = argv[0];
	case_options.patterns = calloc(argc, sizeof(*case_options.patterns));
	case_options.seed = UINT64_MAX;
	opterr = 0;
	for (int i = 0; info->options && info->options[i].name; i++)
		add_own(&info->options[i], i);
	/* No abbreviations: getopt_long() would take them, and scripts would keep them. */
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strncmp(argv[i], "--", 2) && !is_option(argv[i] + 2))
			opt_usage("unknown option '%.60s'; see --help", argv[i]);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?' && optopt >= 256 && options[optopt - 256].has_arg)
			opt_usage("option '%s' needs a value", argv[optind - 1]);
		if (option == '?')
			opt_usage("bad option '%.60s'; see --help", argv[optind - 1]);
		one(option, info);
	}
	if (optind < argc)
		opt_usage("unexpected argument '%.60s'; see --help", argv[optind]);
	if (case_options.all && !case_options.list)
		opt_usage("--all goes with --list");
	if (case_options.list) {
		print_list(info, case_options.all);
		done();
	}
	sort_patterns();
	check_patterns(info);
	if (case_options.seed == UINT64_MAX)
		case_options.seed = case_options.scene ? 0 : rng_fresh_seed();
	tell_cells(info);
	if (case_options.scene) {
		print_scenes(info);
		done();
	}
}
