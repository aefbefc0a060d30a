/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern: what one page holds at one generation. Stamps alone do not compress,
 * so compressing swap would never work on them, and a page that once was all
 * zeros is kept without a slot: pages therefore change between six shapes from
 * one generation to the next.
 *
 *	stamped		every word its own stamp: does not compress
 *	repeated	the first 512 bytes stamped, the rest repeats them: compresses
 *	same		all of it one word: kept as "same filled"
 *	zeros		kept as a bit
 *	almost same	one word but for a sector: not "same filled", though both ends are equal
 *	almost zeros	zeros but for one word
 */
#ifndef LOSTWRITE_CONTENT_PATTERN_H
#define LOSTWRITE_CONTENT_PATTERN_H

#include "case.h"

enum pattern {
	PATTERN_STAMPED,
	PATTERN_REPEATED,
	PATTERN_SAME,
	PATTERN_ALMOST_SAME,
	PATTERN_ALMOST_ZEROS,
	PATTERN_ZEROS
};

/* Generation 0 is zeros: what was never written, or dropped. */
enum pattern pattern_of(const struct stamp *stamp, unsigned int page, unsigned int generation);

/* The 4096 bytes of PAGE. */
void pattern_fill(const struct stamp *stamp, void *memory, unsigned int page,
		  unsigned int generation, enum stamp_writer writer);

/* Are they there? What is wrong is told in BAD. */
bool pattern_verify(const struct stamp *stamp, const void *memory, unsigned int page,
		    unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad);

#endif
