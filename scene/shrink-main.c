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
#include "case.h"
#include "load.h"
#include "opt.h"
#include "scene.h"
#include "hunt.h"
#include "shrink.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define TEXT_MAX     (64u << 10)
#define PLAY_SECONDS 30 /* more is a hang */

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

static enum verdict play(struct case_ctx *c, const void *played)
{
	return scene_play(c, played);
}

static bool fails(const struct draft *smaller, void *data)
{
	static struct scene played;
	static char text[TEXT_MAX];
	struct hunt *s = data;
	char why[200];

	draft_text(smaller, text, sizeof(text));
	if (!scene_parse(text, &played, why, sizeof(why)) || played.needs & ~scene.needs)
		return false;
	if (!hunt_fails(s, &played))
		return false;
	if (hunt_options.verbose)
		fprintf(stderr, "%u lines, %u pages, fails %u of %u\n", smaller->lines,
			draft_pages(smaller), s->odds.fails, s->odds.plays);
	return true;
}

/* --- what it says --- */

static void print(const struct hunt *s, struct hunt_odds odds)
{
	struct utsname uts = { 0 };
	char text[TEXT_MAX], times[100];
	const char *told = strstr(s->diagnosis, "; seed");
	int len = told ? (int)(told - s->diagnosis) : (int)strlen(s->diagnosis);

	uname(&uts);
	draft_text(&draft, text, sizeof(text));
	dprintf(hunt_options.out,
		"# %s: %s on %s\n# %.*s\n# shrunk from %u lines and %u pages%s%s\n%s", s->class,
		hunt_said(odds, times, sizeof(times)), uts.release, len, s->diagnosis,
		original.lines, draft_pages(&original), hunt_options.from ? " of " : "",
		hunt_options.from ? hunt_options.from : "", text);
}

static enum verdict run(struct case_ctx *c)
{
	static struct hunt search;
	struct hunt *s = &search;
	static char text[TEXT_MAX];
	enum verdict verdict;
	char why[200];

	search = (struct hunt){ .c = c,
				.play = play,
				.seconds = PLAY_SECONDS,
				.end = time(NULL) + hunt_options.seconds };
	c->round = 1;
	if (!hunt_first(s, &scene, &verdict))
		return verdict;
	shrink(&draft, fails, s);
	draft_text(&draft, text, sizeof(text));
	scene_parse(text, &scene, why, sizeof(why));
	s->end = time(NULL) + 60;
	print(s, hunt_measure(s, &scene, HUNT_FEW));
	hunt_forget();
	return PASS;
}

/* --- the program --- */

static void load(const char *path, struct case_info *info)
{
	if (!draft_read(&draft, scene_load(path, &scene)))
		opt_usage("%s: a line is too long", path);
	original = draft;
	info->needs = scene.needs;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "shrink",
		.kind = "scene",
		.summary = "the smallest scene that fails",
		.oracles = CASE_COHERENCE,
		.counters = { { "exposed" }, { "disturbed" }, { "checked" } },
		.rounds = 1
	};

	return hunt_main(argc, argv, help, &info, load, run);
}
