// SPDX-License-Identifier: GPL-2.0-or-later
/* A hunt for what fails by its seed: it is found when plays have seeds of their own. */
#include "hunt.h"
#include "case-impl.h"
#include "child.h"
#include "tap.h"

#include <string.h>

/* One seed in so many fails. */
static const unsigned int two = 2, three = 3, nine = 9, thirty = 30;

static enum verdict one_in(struct case_ctx *c, const void *what)
{
	if (c->seed % *(const unsigned int *)what)
		return PASS;
	return case_corrupt(c, "stale", "seed %llu", (unsigned long long)c->seed);
}

static struct hunt hunt_from(struct case_ctx *c, uint64_t seed, bool reseeds)
{
	c->seed = seed;
	return (struct hunt){ .c = c,
			      .play = one_in,
			      .seconds = 10,
			      .holds = true,
			      .reseeds = reseeds,
			      .end = time(NULL) + 60 };
}

int main(void)
{
	struct case_ctx c = { 0 };
	struct hunt_odds odds;
	enum verdict verdict;
	struct hunt s;
	bool found;

	case_result = child_shared(sizeof(*case_result));
	s = hunt_from(&c, 7, false);
	ok(!hunt_first(&s, &three, &verdict) && verdict == INCONCLUSIVE && s.odds.plays == 100,
	   "a seed that does not fail never does");
	s = hunt_from(&c, 7, true);
	found = hunt_first(&s, &three, &verdict);
	ok(found && s.first.fails == 6 && s.first.plays == HUNT_FEW,
	   "seeds 7 to 26: 6 of 20 fail (%u of %u)", s.first.fails, s.first.plays);
	ok(s.seed == 24 && !strcmp(s.diagnosis, "seed 24"),
	   "the seed that is named is of the play that is quoted (%llu, \"%s\")",
	   (unsigned long long)s.seed, s.diagnosis);
	found = hunt_fails(&s, &three);
	ok(found && s.seed > 26 && s.seed % 3 == 0,
	   "what is smaller is played with the seeds that follow (%llu)",
	   (unsigned long long)s.seed);
	odds = hunt_measure(&s, &three, 3);
	ok(odds.fails == 1 && c.seed - s.seed < 3, "of three in a row one fails");
	ok(hunt_fails(&s, &two), "what fails more often is as good");
	odds = s.odds;
	ok(!hunt_fails(&s, &nine) && !hunt_fails(&s, &thirty) && s.odds.plays == odds.plays,
	   "what fails a third as often, or less, is not");
	c.seed = 29; /* and the first play has the next one */
	ok(!hunt_fails(&s, &thirty), "nor when the first play of it fails by chance");
	s = hunt_from(&c, 9, true);
	found = hunt_first(&s, &three, &verdict);
	ok(found && s.first.fails == 7, "the first play has the seed that was given (%u of %u)",
	   s.first.fails, s.first.plays);
	return done();
}
