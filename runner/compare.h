/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare: what two runs say of the same cases. */
#ifndef LOSTWRITE_COMPARE_H
#define LOSTWRITE_COMPARE_H

#include "record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* In the order in which they are shown. */
enum change {
	CHANGE_CORRUPT,	 /* lost or crashed now, and it did not before: worse */
	CHANGE_BROKEN,	 /* says nothing any more: worse */
	CHANGE_UNTESTED, /* passed; is skipped, inconclusive or not run now: worse */
	CHANGE_KNOWN,	 /* is a known bug now, and it passed or did not come to it */
	CHANGE_FIXED,	 /* was lost or crashed, passes now */
	CHANGE_TESTED,	 /* comes to a verdict now */
	CHANGE_EXPOSURE, /* passes in both, but a counter fell below a half */
	CHANGE_SLOWER,	 /* twice as long, and a second more */
	CHANGE_GONE,	 /* only in the first run */
	CHANGE_ADDED,	 /* only in the second */
	CHANGE_COUNT,
	CHANGE_NONE = CHANGE_COUNT
};

struct compare_row {
	enum change change;
	const char *id;
	const struct outcome *before, *after; /* NULL where there is none */
	char *why;			      /* a new string, or NULL */
};

struct compare {
	struct compare_row *rows;
	size_t n, counts[CHANGE_COUNT];
};

struct compare_side {
	const char *dir;
	struct record record;
};

/* Both records are finished, and stay. */
void compare_runs(struct compare *c, const struct record *before, const struct record *after);
void compare_free(struct compare *c);

/* Does such a change make it worse; is there one that does; and in words. */
bool compare_worsens(enum change change);
bool compare_is_worse(const struct compare *c);
const char *compare_sentence(const struct compare *c);

/* "newly-corrupt", for JSON; and for people. */
const char *compare_name(enum change change);
const char *compare_word(enum change change);

/* As a page. */
void compare_html(FILE *out, const struct compare *c, const struct compare_side sides[2]);

#endif
