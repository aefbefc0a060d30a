// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shrink: the smallest mix that fails like a given one, and as often. Roles go,
 * then threads, arenas, pages and time; what fails less often than the mix that
 * was given, as far as 95 % say, is not smaller but worse.
 *
 * Each play has a seed of its own. With one seed for all of them a mix whose threads
 * decide the wrong things fails never, however often it is played, and one that was
 * made smaller decides other things than the first.
 */
#include "opt.h"
#include "replay.h"
#include "hunt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define LEAST_MS 100

static const char help[] =
	"usage: shrink FILE|- [OPTION...]\n\n"
	"Prints the smallest mix of a storm (replay.json) that fails like FILE: roles, threads,\n"
	"arenas, pages and time go as long as it fails in the same way and as often. Each play\n"
	"has a seed of its own, from FILE's on; what is printed has one that failed.\n\n"
	"  --output FILE   there, and not on stdout\n"
	"  --seconds N     at most (60): what is smallest by then\n"
	"  --inject KIND   damage on purpose, to see it shrink (stale, zeros, torn, foreign)\n"
	"  --verbose       each smaller mix, on stderr\n\n"
	"Exit: 0 shrunk, 2 it does not fail here, 77 skip, 99 broken, 64 no mix.\n";

static struct replay best;
static char diagnosis[1024]; /* of the play of it that failed with its seed */

static enum verdict play(struct case_ctx *c, const void *what)
{
	return storm_play(c, &((const struct replay *)what)->mix);
}

static unsigned int threads(const struct mix *mix)
{
	unsigned int n = 0;

	for (unsigned int i = 0; storm_roles[i]; i++)
		n += mix->count[i];
	return n;
}

static size_t pages(const struct mix *mix)
{
	size_t n = 0;

	for (unsigned int i = 0; i < mix->arenas; i++)
		n += mix->arena[i].pages;
	return n;
}

static void take(const struct hunt *s, const struct replay *smaller)
{
	best = *smaller;
	best.seed = s->seed;
	snprintf(diagnosis, sizeof(diagnosis), "%s", s->diagnosis);
}

/* Takes SMALLER when it is as good. */
static bool try(struct hunt *s, const struct replay *smaller)
{
	if (!hunt_fails(s, smaller))
		return false;
	take(s, smaller);
	if (hunt_options.verbose)
		fprintf(stderr,
			"%u threads, %u arenas, %zu pages, %u ms: fails %u of %u, seed %llu\n",
			threads(&best.mix), best.mix.arenas, pages(&best.mix), best.mix.ms,
			s->odds.fails, s->odds.plays, (unsigned long long)best.seed);
	return true;
}

static bool without_roles(struct hunt *s)
{
	bool any = false;

	for (unsigned int i = 0; storm_roles[i]; i++) {
		struct replay smaller = best;

		if (!best.mix.count[i] || threads(&best.mix) == best.mix.count[i])
			continue;
		smaller.mix.count[i] = 0;
		any |= try(s, &smaller);
	}
	return any;
}

static bool with_fewer_threads(struct hunt *s)
{
	bool any = false;

	for (unsigned int i = 0; storm_roles[i]; i++)
		while (best.mix.count[i] > 1) {
			struct replay smaller = best;

			smaller.mix.count[i]--;
			if (!try(s, &smaller))
				break;
			any = true;
		}
	return any;
}

static bool without_arenas(struct hunt *s)
{
	bool any = false;

	for (unsigned int i = 0; i < best.mix.arenas && best.mix.arenas > 1;) {
		struct replay smaller = best;

		smaller.mix.arenas--;
		memmove(&smaller.mix.arena[i], &smaller.mix.arena[i + 1],
			(smaller.mix.arenas - i) * sizeof(*smaller.mix.arena));
		if (try(s, &smaller))
			any = true;
		else
			i++;
	}
	return any;
}

static bool with_fewer_pages(struct hunt *s)
{
	bool any = false;

	for (unsigned int i = 0; i < best.mix.arenas; i++)
		while (best.mix.arena[i].pages > 1) {
			struct replay smaller = best;

			smaller.mix.arena[i].pages /= 2;
			if (!try(s, &smaller))
				break;
			any = true;
		}
	return any;
}

static bool in_less_time(struct hunt *s)
{
	bool any = false;

	while (best.mix.ms / 2 >= LEAST_MS) {
		struct replay smaller = best;

		smaller.mix.ms /= 2;
		if (!try(s, &smaller))
			break;
		any = true;
	}
	return any;
}

static void print(struct hunt *s, struct hunt_odds odds, const struct replay *first)
{
	struct utsname uts = { 0 };
	char times[100], *text = replay_text(&best);

	uname(&uts);
	dprintf(hunt_options.out, "%s", text);
	free(text);
	fprintf(stderr,
		"%s: %s on %s; %u threads of %u, %zu pages of %zu, %u ms of %u; seed %llu of "
		"%llu to %llu\n%s\n",
		s->class, hunt_said(odds, times, sizeof(times)), uts.release, threads(&best.mix),
		threads(&first->mix), pages(&best.mix), pages(&first->mix), best.mix.ms,
		first->mix.ms, (unsigned long long)best.seed, (unsigned long long)first->seed,
		(unsigned long long)s->c->seed, diagnosis);
}

static enum verdict run(struct case_ctx *c)
{
	struct replay first = best;
	struct hunt s = { .c = c,
			  .play = play,
			  .holds = true,
			  .reseeds = true,
			  .seconds = best.mix.ms / 1000 + MIX_SLACK,
			  .end = time(NULL) + hunt_options.seconds };
	struct hunt_odds odds;
	enum verdict verdict;
	bool smaller = true;

	c->seed = best.seed;
	if (!hunt_first(&s, &best, &verdict))
		return verdict;
	take(&s, &best);
	while (smaller && time(NULL) < s.end) {
		smaller = without_roles(&s);
		smaller |= with_fewer_threads(&s);
		smaller |= without_arenas(&s);
		smaller |= with_fewer_pages(&s);
		smaller |= in_less_time(&s);
	}
	s.end = time(NULL) + 60;
	odds = hunt_measure(&s, &best, HUNT_FEW);
	if (odds.fails)
		take(&s, &best);
	print(&s, odds, &first);
	hunt_forget();
	return PASS;
}

static void load(const char *path, struct case_info *info)
{
	static char text[64 << 10];
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char why[200];

	if (!file || !fread(text, 1, sizeof(text) - 1, file))
		opt_usage("%s: %s", path, file ? "nothing in it" : strerror(errno));
	if (!replay_read(text, &best, why, sizeof(why)))
		opt_usage("%s: %s", path, why);
	if (*best.backend)
		opt_usage("%s: a storm on swap of its own (%s) is not made smaller", path,
			  best.backend);
	info->needs = NEED_SWAP;
}

int main(int argc, char **argv)
{
	static struct case_info info = { .name = "shrink",
					 .kind = "storm",
					 .summary = "the smallest mix that fails",
					 .oracles = CASE_COHERENCE,
					 .unordered = true,
					 .rounds = 1,
					 .counters = { { "steps" },
						       { "checked-kib" },
						       { "written-kib" },
						       { "disturbed" },
						       { "children" } } };

	return hunt_main(argc, argv, help, &info, load, run);
}
