/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ktap: reads what a case program prints (docs/program-output.md). */
#ifndef LOSTWRITE_KTAP_H
#define LOSTWRITE_KTAP_H

#include "verdict.h"

#include <jansson.h>

enum ktap_what {
	KTAP_NOTHING,
	KTAP_CELL,     /* ktap.cell starts */
	KTAP_PATIENCE, /* ktap.patience is new */
	KTAP_RESULT,   /* ktap.id has the verdict and all that was said before it */
};

struct ktap {
	long plan; /* -1: none yet */
	unsigned int results;
	char *problem; /* the first thing that is not in the contract */
	char *cell;
	double patience; /* seconds that the cell has from here on */
	/* What was said since the last result. */
	json_t *counters;
	double seconds; /* -1: not said */
	char *diagnosis, *replay;
	char *scene; /* its lines */
	/* The last result. */
	char *id;
	enum verdict verdict;
	char *reason;	  /* why it is no pass */
	const char *kind; /* "open" or "hazard", else NULL */
};

void ktap_init(struct ktap *k);
void ktap_free(struct ktap *k);

/* Takes one line of stdout, which it may change. */
enum ktap_what ktap_line(struct ktap *k, char *line);

/* To be called when a result was used: the next one starts from nothing. */
void ktap_next(struct ktap *k);

/* The corruption class that a diagnosis names, "stale" for example, or NULL. */
const char *ktap_class(const char *diagnosis);

#endif
