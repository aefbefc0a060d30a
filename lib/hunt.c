// SPDX-License-Identifier: GPL-2.0-or-later
#include "hunt.h"
#include "case-impl.h"
#include "child.h"
#include "odds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SURE  5	  /* failures in a row: it does not race */
#define MANY  100 /* plays before "it does not fail" is believed */
#define AGAIN 3	  /* plays of what does not race: a page-out may miss once */

void hunt_forget(void)
{
	case_result->verdict = -1;
	*case_result->diagnosis = *case_result->class = *case_result->reason = '\0';
}

/* In a child: name spaces, maps and servers go with it. */
static int play(struct hunt *s, const void *what)
{
	pid_t pid;

	hunt_forget();
	if (s->begun++ && s->reseeds)
		s->c->seed++;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		child_bind();
		alarm(s->seconds);
		_exit(s->play(s->c, what));
	}
	return pid < 0 ? BROKEN : child_wait(pid);
}

/* Does it fail in the way that is looked for (the first failure decides which)? */
static bool play_fails(struct hunt *s, const void *what)
{
	if (play(s, what) != CORRUPT)
		return false;
	if (!*s->class)
		memcpy(s->class, case_result->class, sizeof(s->class));
	if (strcmp(s->class, case_result->class))
		return false;
	memcpy(s->diagnosis, case_result->diagnosis, sizeof(s->diagnosis));
	s->seed = s->c->seed;
	return true;
}

struct hunt_odds hunt_measure(struct hunt *s, const void *what, unsigned int plays)
{
	struct hunt_odds odds = { 0 };

	while (odds.plays < plays && time(NULL) < s->end) {
		odds.plays++;
		odds.fails += play_fails(s, what);
	}
	return odds;
}

/* Plays after which what fails as often has been seen to, 99 times of 100. */
static unsigned int plays_needed(struct hunt_odds odds)
{
	double n;

	if (odds.fails == odds.plays)
		return AGAIN;
	n = ceil(log(0.01) / log(1 - (double)odds.fails / odds.plays));
	return n > MANY ? MANY : n < AGAIN ? AGAIN : (unsigned int)n;
}

/*
 * Does it fail as often as the first one, or a third as often? Wald's sequential test, so many
 * plays as it takes to be wrong once in 20. What failed by chance when it was tried first is no
 * better for that: all plays count from the first on.
 */
static bool fails_as_often(struct hunt *s, const void *what)
{
	double often = fmin((double)s->first.fails / s->first.plays, 0.95), seldom = often / 3,
	       sure = log(0.95 / 0.05), sum = 0;
	struct hunt_odds odds = { 0 };

	while (fabs(sum) < sure && odds.plays < MANY) {
		if (time(NULL) >= s->end)
			return false;
		odds.plays++;
		if (play_fails(s, what)) {
			odds.fails++;
			sum += log(often / seldom);
		} else {
			sum += log((1 - often) / (1 - seldom));
		}
	}
	if (sum > 0)
		s->odds = odds;
	return sum > 0;
}

bool hunt_fails(struct hunt *s, const void *what)
{
	struct hunt_odds odds;

	if (s->holds)
		return fails_as_often(s, what);
	for (unsigned int i = 0; i < s->again && time(NULL) < s->end; i++) {
		if (!play_fails(s, what))
			continue;
		/* What is smaller often fails more often, or less: the next ones go by it. */
		odds = hunt_measure(s, what, SURE);
		odds.plays += i + 1;
		odds.fails++;
		s->odds = odds;
		s->again = plays_needed(odds);
		return true;
	}
	return false;
}

static enum verdict not_failing(struct hunt *s, int last)
{
	char reason[sizeof(case_result->reason)];

	snprintf(reason, sizeof(reason), "%s", case_result->reason);
	hunt_forget();
	if (last == SKIP)
		return case_skip(s->c, "%s", reason);
	return case_inconclusive(s->c, "it did not fail in %u plays%s%s", s->odds.plays,
				 *reason ? "; the last one: " : "", reason);
}

bool hunt_first(struct hunt *s, const void *what, enum verdict *verdict)
{
	while (s->odds.plays < (s->odds.fails ? HUNT_FEW : MANY) && time(NULL) < s->end) {
		s->odds.plays++;
		s->odds.fails += play_fails(s, what);
		if (s->odds.plays == SURE && s->odds.fails == SURE)
			break;
		if (*case_result->reason && s->odds.plays == SURE && !s->odds.fails)
			break; /* skip, inconclusive or broken, and nothing but */
	}
	s->first = s->odds;
	if (s->odds.fails)
		s->again = plays_needed(s->odds);
	else
		*verdict = not_failing(s, play(s, what));
	return s->odds.fails;
}

char *hunt_said(struct hunt_odds odds, char *text, size_t size)
{
	double low, high;

	odds_interval(odds.fails, odds.plays, &low, &high);
	snprintf(text, size, "%u of %u plays (95 %%: %.0f to %.0f %%)", odds.fails, odds.plays,
		 low * 100, high * 100);
	return text;
}
