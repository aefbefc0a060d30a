// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shrink: the smallest scene that fails like a given one.
 *
 *	shrink FILE|- [--output FILE] [--from NAME] [--seconds N] [--inject KIND] [--verbose]
 *
 * It is a case program of one cell, whose test plays drafts in children of its
 * own: swap is switched on once, and a draft that crashes loses nothing.
 */
#include "config.h"
#include "case-impl.h"
#include "child.h"
#include "load.h"
#include "odds.h"
#include "opt.h"
#include "scene.h"
#include "shrink.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX     (64u << 10)
#define SURE	     5	 /* failures in a row: it does not race */
#define FEW	     20	 /* plays that say how often it fails */
#define MANY	     100 /* plays before "it does not fail" is believed */
#define AGAIN	     3	 /* plays of a draft of what does not race: a page-out may miss once */
#define PLAY_SECONDS 30	 /* more is a hang */

static const char help[] =
	"usage: shrink FILE|- [OPTION...]\n\n"
	"Prints the smallest scene that fails like FILE: lines, processes, pages and WHERE go\n"
	"as long as the same class of failure is seen.\n\n"
	"  --output FILE   there, and not on stdout\n"
	"  --from NAME     what it is called in the comment on top\n"
	"  --seconds N     at most (60): what is smallest by then\n"
	"  --inject KIND   damage on purpose, to see it shrink (stale, zeros, torn, foreign)\n"
	"  --verbose       each smaller scene, on stderr\n\n"
	"Exit: 0 shrunk, 2 it does not fail here, 77 skip, 99 broken, 64 a bad scene.\n";

static struct scene scene;
static struct draft draft, original;

static struct {
	const char *output, *from, *inject;
	unsigned int seconds;
	bool verbose;
	int out;
} opts = { .seconds = 60 };

/* How often something failed. */
struct odds {
	unsigned int plays, fails;
};

struct search {
	struct case_ctx *c;
	struct odds odds; /* of the scene as it was given */
	char class[32], diagnosis[1024];
	unsigned int again; /* plays of a draft before it is called good */
	time_t end;
};

/* --- one play --- */

static void forget(void)
{
	case_result->verdict = -1;
	*case_result->diagnosis = *case_result->class = *case_result->reason = '\0';
}

/* In a child: name spaces, maps and servers go with it. */
static int play(struct case_ctx *c, const struct scene *played)
{
	int status;
	pid_t pid;

	forget();
	fflush(NULL);
	pid = fork();
	if (!pid) {
		child_bind();
		alarm(PLAY_SECONDS);
		_exit(scene_play(c, played));
	}
	status = pid < 0 ? BROKEN : child_wait(pid);
	return status;
}

/* Does it fail in the way that is looked for (the first failure decides which)? */
static bool play_fails(struct search *s, const struct scene *played)
{
	if (play(s->c, played) != CORRUPT)
		return false;
	if (!*s->class)
		memcpy(s->class, case_result->class, sizeof(s->class));
	if (strcmp(s->class, case_result->class))
		return false;
	memcpy(s->diagnosis, case_result->diagnosis, sizeof(s->diagnosis));
	return true;
}

/* --- how often --- */

static struct odds measure(struct search *s, const struct scene *played, unsigned int plays)
{
	struct odds odds = { 0 };

	while (odds.plays < plays && time(NULL) < s->end) {
		odds.plays++;
		odds.fails += play_fails(s, played);
	}
	return odds;
}

/* Plays after which a draft that fails as often has been seen to, 99 times of 100. */
static unsigned int plays_needed(struct odds odds)
{
	double n;

	if (odds.fails == odds.plays)
		return AGAIN;
	n = ceil(log(0.01) / log(1 - (double)odds.fails / odds.plays));
	return n > MANY ? MANY : n < AGAIN ? AGAIN : (unsigned int)n;
}

static bool fails(const struct draft *smaller, void *data)
{
	static struct scene played;
	static char text[TEXT_MAX];
	struct search *s = data;
	char why[200];

	draft_text(smaller, text, sizeof(text));
	if (!scene_parse(text, &played, why, sizeof(why)) || played.needs & ~scene.needs)
		return false;
	for (unsigned int i = 0; i < s->again && time(NULL) < s->end; i++)
		if (play_fails(s, &played)) {
			/* What is smaller often fails more often, or less: the next ones go by it. */
			s->odds = measure(s, &played, SURE);
			s->odds.plays++;
			s->odds.fails++;
			s->again = plays_needed(s->odds);
			if (opts.verbose)
				fprintf(stderr, "%u lines, %u pages, fails %u of %u\n",
					smaller->lines, draft_pages(smaller), s->odds.fails,
					s->odds.plays);
			return true;
		}
	return false;
}

/* --- what it says --- */

static const char *of_them(struct odds odds, char *text, size_t size)
{
	double low, high;

	odds_interval(odds.fails, odds.plays, &low, &high);
	snprintf(text, size, "%u of %u plays (95 %%: %.0f to %.0f %%)", odds.fails, odds.plays,
		 low * 100, high * 100);
	return text;
}

static void print(const struct search *s, struct odds odds)
{
	struct utsname uts = { 0 };
	char text[TEXT_MAX], times[100];
	const char *told = strstr(s->diagnosis, "; seed");
	int len = told ? (int)(told - s->diagnosis) : (int)strlen(s->diagnosis);

	uname(&uts);
	draft_text(&draft, text, sizeof(text));
	dprintf(opts.out, "# %s: %s on %s\n# %.*s\n# shrunk from %u lines and %u pages%s%s\n%s",
		s->class, of_them(odds, times, sizeof(times)), uts.release, len, s->diagnosis,
		original.lines, draft_pages(&original), opts.from ? " of " : "",
		opts.from ? opts.from : "", text);
}

static enum verdict not_failing(struct search *s, int last)
{
	char reason[sizeof(case_result->reason)];

	snprintf(reason, sizeof(reason), "%s", case_result->reason);
	forget();
	if (last == SKIP)
		return case_skip(s->c, "%s", reason);
	return case_inconclusive(s->c, "the scene did not fail in %u plays%s%s", s->odds.plays,
				 *reason ? "; the last one: " : "", reason);
}

/* As it was given: how often it fails. */
static bool first_plays(struct search *s)
{
	while (s->odds.plays < (s->odds.fails ? FEW : MANY) && time(NULL) < s->end) {
		s->odds.plays++;
		s->odds.fails += play_fails(s, &scene);
		if (s->odds.plays == SURE && s->odds.fails == SURE)
			break;
		if (*case_result->reason && s->odds.plays == SURE && !s->odds.fails)
			break; /* skip, inconclusive or broken, and nothing but */
	}
	return s->odds.fails;
}

static enum verdict run(struct case_ctx *c)
{
	static struct search search;
	struct search *s = &search;
	static char text[TEXT_MAX];
	char why[200];

	search = (struct search){ .c = c, .end = time(NULL) + opts.seconds };
	c->round = 1;
	if (!first_plays(s))
		return not_failing(s, play(c, &scene));
	s->again = plays_needed(s->odds);
	shrink(&draft, fails, s);
	draft_text(&draft, text, sizeof(text));
	scene_parse(text, &scene, why, sizeof(why));
	s->end = time(NULL) + 60;
	print(s, measure(s, &scene, FEW));
	forget();
	return PASS;
}

/* --- the program --- */

static void load(const char *path)
{
	if (!draft_read(&draft, scene_load(path, &scene)))
		opt_usage("%s: a line is too long", path);
	original = draft;
}

static void one(int option)
{
	switch (option) {
	case 'o':
		opts.output = optarg;
		break;
	case 'f':
		opts.from = optarg;
		break;
	case 's':
		opts.seconds = opt_number("--seconds", optarg, 1, 86400);
		break;
	case 'i':
		opts.inject = optarg;
		break;
	case 'v':
		opts.verbose = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case 'V':
		puts("shrink (lostwrite) " PACKAGE_VERSION);
		exit(0);
	default:
		opt_usage("bad option; see --help");
	}
}

/* What the cell said, when it was not a pass: skip and broken name their reason. */
static void say_why(int ktap)
{
	static char text[16384];
	ssize_t got = pread(ktap, text, sizeof(text) - 1, 0);
	const char *mark;

	text[got > 0 ? got : 0] = '\0';
	mark = strstr(text, "# SKIP ");
	mark = mark ? mark + 7 : (mark = strstr(text, "# ERROR ")) ? mark + 8 : NULL;
	if (mark && !strncmp(mark, "inconclusive: ", 14))
		mark += 14;
	if (mark)
		fprintf(stderr, "shrink: %.*s\n", (int)strcspn(mark, "\n"), mark);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "from", required_argument, NULL, 'f' },
		{ "seconds", required_argument, NULL, 's' },
		{ "inject", required_argument, NULL, 'i' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	static struct case_info info = {
		.name = "shrink",
		.kind = "scene",
		.summary = "the smallest scene that fails",
		.oracles = CASE_COHERENCE,
		.counters = { { "exposed" }, { "disturbed" }, { "checked" } },
		.rounds = 1
	};
	char inject[] = "--inject", *words[] = { argv[0], inject, NULL, NULL };
	int option, ktap, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		one(option);
	if (optind + 1 != argc)
		opt_usage("a scene file is expected, or - for standard input");
	load(argv[optind]);
	opts.out = opts.output ? open(opts.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
			       : dup(STDOUT_FILENO);
	if (opts.out < 0)
		opt_usage("--output: %s: %s", opts.output, strerror(errno));
	/* The scene is all that stdout gets; what the cell says is read again below. */
	ktap = memfd_create("ktap", MFD_CLOEXEC);
	if (ktap < 0 || dup2(ktap, STDOUT_FILENO) < 0)
		opt_usage("memfd_create: %s", strerror(errno));
	info.needs = scene.needs;
	info.seconds = opts.seconds + 120;
	optind = 1;
	words[2] = (char *)opts.inject;
	if (!opts.inject)
		words[1] = NULL;
	code = case_main(opts.inject ? 3 : 1, words, &info, run);
	fflush(stdout);
	if (code)
		say_why(ktap);
	return code;
}
