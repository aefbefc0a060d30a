/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-state: bisect.jsonl, what a bisection has learned, each run synced before the next.
 * Events: `begin` (argv, cwd), `run` and `cached` (phase, id and what was seen), `built`, `end`.
 * The drive decides by nothing else, so to go on is to play it again with the runs of the file.
 */
#ifndef LOSTWRITE_BISECT_STATE_H
#define LOSTWRITE_BISECT_STATE_H

#include "journal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct bisect_state {
	struct journal journal;
	json_t *begin;
	json_t *past; /* the run and cached events of before, in order */
	size_t at;
	bool ended; /* its search had come to an end */
};

/* Both: false with one line in *WHY. */
bool bisect_state_create(struct bisect_state *s, const char *dir, json_t *begin, char **why);
bool bisect_state_load(struct bisect_state *s, const char *dir, char **why);

/*
 * What was learned next by then, when that is an event of KIND about this kernel in this phase;
 * else NULL.
 */
const json_t *bisect_state_next(struct bisect_state *s, const char *kind, int phase,
				const char *id);

/* The number of runs that are still to be played again. */
size_t bisect_state_left(const struct bisect_state *s);

/* Adds EVENT, which it takes over, and syncs it. False: it could not be written. */
bool bisect_state_put(struct bisect_state *s, json_t *event);

void bisect_state_free(struct bisect_state *s);

#endif
