/* SPDX-License-Identifier: GPL-2.0-or-later */
/* storm-impl: what the two halves of a storm share: storm.c (a round), racer.c (what roles call). */
#ifndef LOSTWRITE_STORM_IMPL_H
#define LOSTWRITE_STORM_IMPL_H

#include "mix.h"

/* The first thing that is wrong, as its finder saw it. */
struct finding {
	const struct role *role;
	const struct arena *arena;
	size_t unit;
	struct stamp_bad bad;
	char who[48], where[96];
	double seconds;
	bool unreported;
};

struct storm {
	struct case_ctx *c;
	bool bare; /* of the mix */
	struct arena arena[STORM_ARENAS];
	unsigned int arenas;
	struct racer racer[STORM_RACERS];
	unsigned int racers;
	pthread_barrier_t gate; /* all begin together */
	atomic_bool over, found;
	double start, seconds;
	struct finding finding;
};

/* What was found first becomes the verdict. */
void storm_tell(struct storm *storm);

#endif
