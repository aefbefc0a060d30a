/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rewriter: a thread that goes over a mapping page by page: is it what I wrote
 * last? Then it writes the next generation. Races of reclaim and swap-in are
 * run against it: whatever is lost shows at the next pass.
 */
#ifndef LOSTWRITE_REWRITER_H
#define LOSTWRITE_REWRITER_H

#include "case.h"

#include <pthread.h>
#include <stdatomic.h>

struct rewriter {
	struct map *map;
	size_t part; /* bytes of each page */
	pthread_t thread;
	atomic_bool stop;
	atomic_bool rests;	  /* at the caller's wish, before its next page */
	atomic_ulong rewritten;	  /* pages */
	unsigned long swapped_in; /* by its faults; known at the end */
	unsigned int *generation; /* of each page, as last written */
	bool lost;		  /* found by the thread, */
	struct stamp_bad bad;	  /* and what it was */
};

/*
 * The map holds generation 1. Of each page it is about the first PART bytes, and
 * zeros behind them: zswap refuses what cannot be compressed, as stamps.
 */
void rewriter_start(struct rewriter *rewriter, struct map *map, size_t part);

/* Has it found something? It has stopped then. */
bool rewriter_lost(const struct rewriter *rewriter);

/* Ends it and verifies every page once more; CORRUPT is told already. */
enum verdict rewriter_end(struct case_ctx *c, struct rewriter *rewriter);

#endif
