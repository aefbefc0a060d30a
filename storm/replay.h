/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: a mix as JSON, which says what failed and plays it again:
 *
 *	{"storm": "storm-dio", "cell": "anon", "seed": 7, "ms": 1000, "sparse": false,
 *	 "arenas": ["anon4k:16"], "roles": {"dio-reader": 2}}
 */
#ifndef LOSTWRITE_REPLAY_H
#define LOSTWRITE_REPLAY_H

#include "mix.h"

struct replay {
	char storm[64], cell[64];
	char backend[32]; /* of res_backends[]; empty: the case's swap file */
	uint64_t seed;
	struct mix mix;
};

/* False with WHY. */
bool replay_read(const char *text, struct replay *replay, char *why, size_t size);
/* To be freed. */
char *replay_text(const struct replay *replay);

#endif
