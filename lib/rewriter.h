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
	pthread_t thread;
	atomic_bool stop;
	atomic_ulong rewritten;	  /* pages */
	unsigned int *generation; /* of each page, as last written */
	bool lost;		  /* found by the thread, */
	struct stamp_bad bad;	  /* and what it was */
};

/* The map holds generation 1. */
void rewriter_start(struct rewriter *rewriter, struct map *map);

/* Has it found something? It has stopped then. */
bool rewriter_lost(const struct rewriter *rewriter);

/* Ends it and verifies every page once more; CORRUPT is told already. */
enum verdict rewriter_end(struct case_ctx *c, struct rewriter *rewriter);

#endif
