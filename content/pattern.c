// SPDX-License-Identifier: GPL-2.0-or-later
#include "pattern.h"

#include <string.h>

#define WORDS	     (STAMP_PAGE / 8)
#define SECTOR_WORDS (STAMP_SECTOR / 8)

enum pattern pattern_of(const struct stamp *stamp, unsigned int page, unsigned int generation)
{
	static const enum pattern mix[8] = {
		PATTERN_STAMPED, PATTERN_STAMPED,     PATTERN_REPEATED,	    PATTERN_REPEATED,
		PATTERN_SAME,	 PATTERN_ALMOST_SAME, PATTERN_ALMOST_ZEROS, PATTERN_ZEROS,
	};

	if (!generation)
		return PATTERN_ZEROS;
	return mix[rng_mix(stamp->key ^ (uint64_t)page << 20 ^ generation) % 8];
}

void pattern_fill(const struct stamp *stamp, void *memory, unsigned int page,
		  unsigned int generation, enum stamp_writer writer)
{
	size_t offset = (size_t)page * STAMP_PAGE;
	unsigned int odd = SECTOR_WORDS * (1 + (page + generation) % 6); /* neither end */
	uint64_t *word = memory, same;

	switch (pattern_of(stamp, page, generation)) {
	case PATTERN_STAMPED:
		stamp_fill(stamp, memory, offset, STAMP_PAGE, generation, writer);
		break;
	case PATTERN_REPEATED:
		stamp_fill(stamp, memory, offset, STAMP_SECTOR, generation, writer);
		for (unsigned int i = SECTOR_WORDS; i < WORDS; i++)
			word[i] = word[i % SECTOR_WORDS];
		break;
	case PATTERN_SAME:
	case PATTERN_ALMOST_SAME:
		same = stamp_at(stamp, offset, generation, writer);
		for (unsigned int i = 0; i < WORDS; i++)
			word[i] = same;
		if (pattern_of(stamp, page, generation) == PATTERN_ALMOST_SAME)
			stamp_fill(stamp, word + odd, offset + odd * 8, STAMP_SECTOR, generation,
				   writer);
		break;
	case PATTERN_ALMOST_ZEROS:
		memset(memory, 0, STAMP_PAGE);
		word[odd] = stamp_at(stamp, offset + odd * 8, generation, writer);
		break;
	case PATTERN_ZEROS:
		memset(memory, 0, STAMP_PAGE);
		break;
	}
}

static bool all_zero(const uint64_t *word)
{
	return !word[0] && !memcmp(word, word + 1, STAMP_PAGE - 8);
}

/* The class of a page that differs first at word FROM; GOOD words of it are right. */
static void classify(const struct stamp *stamp, const uint64_t *found, const uint64_t *expected,
		     unsigned int good, struct stamp_bad *bad)
{
	unsigned int from = bad->from / 8;
	uint64_t flipped = found[from] ^ expected[from];

	bad->found_bits = found[from];
	bad->expected_bits = expected[from];
	bad->decoded = stamp_decode(stamp, found[from], &bad->found);
	if (__builtin_popcountll(flipped) <= 2 && good == WORDS - 1)
		bad->class = STAMP_BIT_FLIP;
	else if (all_zero(found))
		bad->class = STAMP_ZEROS;
	else if (good > SECTOR_WORDS / 2)
		bad->class = STAMP_TORN;
	else if (!bad->decoded)
		bad->class = STAMP_GARBAGE;
	else
		bad->class = bad->found.page == bad->page && bad->found.buffer == stamp->buffer
				     ? STAMP_STALE
				     : STAMP_FOREIGN;
}

bool pattern_verify(const struct stamp *stamp, const void *memory, unsigned int page,
		    unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad)
{
	static __thread uint64_t expected[WORDS], found[WORDS];
	unsigned int good = 0, first = WORDS, last = 0;

	pattern_fill(stamp, expected, page, generation, writer);
	if (!memcmp(memory, expected, STAMP_PAGE))
		return true;
	memcpy(found, memory, STAMP_PAGE); /* it may change under our eyes */
	for (unsigned int i = 0; i < WORDS; i++) {
		if (found[i] == expected[i]) {
			good++;
			continue;
		}
		first = first < i ? first : i;
		last = i + 1;
	}
	*bad = (struct stamp_bad){
		.page = page, .from = first < WORDS ? first * 8 : 0, .to = last * 8, .pages = 1
	};
	bad->expected =
		(struct stamp_word){ stamp->buffer, page, bad->from / 8, generation, writer };
	if (first < WORDS)
		classify(stamp, found, expected, good, bad);
	else
		bad->to = 8,
		bad->class = STAMP_GARBAGE; /* wrong at the first look, right at the second */
	return false;
}
