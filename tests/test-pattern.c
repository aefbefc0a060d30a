// SPDX-License-Identifier: GPL-2.0-or-later
/* Every shape of a page is told from every other generation of it, and damage is named. */
#include "pattern.h"
#include "tap.h"

#include <string.h>

#define PAGES	    64
#define GENERATIONS 40

static uint64_t memory[STAMP_PAGE / 8] __attribute__((aligned(STAMP_PAGE)));
static struct stamp stamp;

/* The first page and generation of a shape. */
static void find(enum pattern wanted, unsigned int *page, unsigned int *generation)
{
	for (*generation = 2; *generation < GENERATIONS; ++*generation)
		for (*page = 0; *page < PAGES; ++*page)
			if (pattern_of(&stamp, *page, *generation) == wanted)
				return;
}

static void test_generations(void)
{
	unsigned int wrong = 0, alike = 0, zeros = 0;
	struct stamp_bad bad;

	for (unsigned int page = 0; page < PAGES; page++)
		for (unsigned int g = 1; g < GENERATIONS; g++) {
			pattern_fill(&stamp, memory, page, g, STAMP_CPU);
			wrong += !pattern_verify(&stamp, memory, page, g, STAMP_CPU, &bad);
			/* Two generations are alike only where both are zeros. */
			zeros = pattern_of(&stamp, page, g) == PATTERN_ZEROS &&
				pattern_of(&stamp, page, g + 1) == PATTERN_ZEROS;
			alike += pattern_verify(&stamp, memory, page, g + 1, STAMP_CPU, &bad) &&
				 !zeros;
			alike += pattern_verify(&stamp, memory, page + 1, g, STAMP_CPU, &bad) &&
				 pattern_of(&stamp, page, g) != PATTERN_ZEROS;
		}
	ok(!wrong, "what was filled is verified");
	ok(!alike, "no other generation and no other page is taken for it");
}

/* What looks at both ends of a page to tell that all of it is one word is wrong each time. */
static void test_ends(void)
{
	unsigned int wrong = 0;
	enum pattern shape;

	for (unsigned int page = 0; page < PAGES; page++)
		for (unsigned int g = 1; g < GENERATIONS; g++) {
			shape = pattern_of(&stamp, page, g);
			pattern_fill(&stamp, memory, page, g, STAMP_CPU);
			wrong += (shape == PATTERN_ALMOST_SAME || shape == PATTERN_ALMOST_ZEROS) &&
				 memory[0] != memory[STAMP_PAGE / 8 - 1];
		}
	ok(!wrong, "what is almost one word differs at neither end");
}

static void test_foreign(enum pattern shape, const char *name)
{
	struct stamp other = stamp_make(7, 1);
	unsigned int page, generation;
	struct stamp_bad bad;
	bool buffer;

	find(shape, &page, &generation);
	stamp_fill(&other, memory, page * STAMP_PAGE, STAMP_PAGE, generation, STAMP_CPU);
	buffer = !pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		 bad.class == STAMP_FOREIGN;
	stamp_fill(&stamp, memory, (page + 1) * STAMP_PAGE, STAMP_PAGE, generation, STAMP_CPU);
	ok(buffer && !pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		   bad.class == STAMP_FOREIGN,
	   "%s: another buffer and another page are foreign", name);
}

static void test_class(enum pattern shape, const char *name)
{
	unsigned int page, generation;
	struct stamp_bad bad;

	find(shape, &page, &generation);
	stamp_fill(&stamp, memory, page * STAMP_PAGE, STAMP_PAGE, generation - 1, STAMP_CPU);
	ok(!pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		   bad.class == STAMP_STALE && bad.found.generation == generation - 1 &&
		   bad.from == 0,
	   "%s: an older stamp is stale", name);
	pattern_fill(&stamp, memory, page, generation, STAMP_CPU);
	memory[100] ^= 1ull << 33;
	ok(!pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		   bad.class == STAMP_BIT_FLIP && bad.from == 800 && bad.to == 808,
	   "%s: a flipped bit", name);
	pattern_fill(&stamp, memory, page, generation, STAMP_CPU);
	stamp_fill(&stamp, memory + 256, page * STAMP_PAGE + 2048, 2048, generation - 1, STAMP_CPU);
	ok(!pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		   bad.class == STAMP_TORN && bad.from == 2048,
	   "%s: half of it is older", name);
	if (shape == PATTERN_ZEROS)
		return;
	memset(memory, 0, STAMP_PAGE);
	ok(!pattern_verify(&stamp, memory, page, generation, STAMP_CPU, &bad) &&
		   bad.class == STAMP_ZEROS,
	   "%s: zeros", name);
}

int main(void)
{
	static const char *const names[] = { "stamped",	    "repeated",	    "same",
					     "almost same", "almost zeros", "zeros" };

	stamp = stamp_make(7, 0);
	test_generations();
	test_ends();
	for (enum pattern shape = PATTERN_STAMPED; shape <= PATTERN_ZEROS; shape++) {
		test_class(shape, names[shape]);
		test_foreign(shape, names[shape]);
	}
	return done();
}
