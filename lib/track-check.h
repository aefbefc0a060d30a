/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track-check: the oracle of tracking for cases: each write is reported, nothing
 * else is.
 */
#ifndef LOSTWRITE_TRACK_CHECK_H
#define LOSTWRITE_TRACK_CHECK_H

#include "case.h"
#include "track.h"

/*
 * Of the last track_collect(): page I was reported if WRITTEN[I], and else not.
 * EXTRA: more than was written may be reported. False when not, with the
 * diagnosis told.
 */
bool track_check(struct case_ctx *c, const struct map *map, const struct track *track,
		 const bool *written, bool extra);

/*
 * PAGES pages, of which PAGE is the first, were reported and not written: false, with
 * the diagnosis told, unless the kernel has moved pages (track_was_moved()).
 */
bool track_ghost(struct case_ctx *c, const struct map *map, const struct track *track, size_t page,
		 size_t pages);

/* When track_trial() writes; each part is a quarter of the memory, and written once. */
enum { TRACK_BEFORE = 1, TRACK_AFTER = 2, TRACK_EXTRA = 4 };

/* The counters of a case that uses it, from 0 on. */
#define TRACK_COUNTERS                                            \
	{ "armed", true }, { "disturbed", true }, { "reported" }, \
	{                                                         \
		"checked", true                                   \
	}
enum { TRACK_ARMED, TRACK_DISTURBED, TRACK_REPORTED, TRACK_CHECKED };

/*
 * The usual trial: arm KIND, write (WHEN), DISTURB, write (WHEN), collect, look
 * at reports and content; armed again, nothing is reported. DISTURB gives the
 * pages that it is seen to have reached.
 */
enum verdict track_trial(struct case_ctx *c, struct map *map, enum track_kind kind,
			 unsigned int when, size_t (*disturb)(struct case_ctx *c, struct map *map));

#endif
