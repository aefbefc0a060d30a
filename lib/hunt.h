/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hunt: how often something fails, and whether something smaller fails in the
 * same way and as often. Each play is a child, so that one that crashes loses
 * nothing.
 */
#ifndef LOSTWRITE_HUNT_H
#define LOSTWRITE_HUNT_H

#include "case.h"

#include <time.h>

#define HUNT_FEW 20 /* plays that say how often it fails */

struct hunt_odds {
	unsigned int plays, fails;
};

struct hunt {
	struct case_ctx *c;
	enum verdict (*play)(struct case_ctx *c, const void *what);
	unsigned int seconds;	      /* more for one play is a hang */
	bool holds;		      /* what fails less often than the first one is no good */
	time_t end;		      /* of all of it */
	struct hunt_odds first, odds; /* of what was given; of the smallest so far */
	bool reseeds;		      /* a seed for each play: the case's, and one more each time */
	unsigned int begun;	      /* plays so far */
	char class[32], diagnosis[1024];
	uint64_t seed;	    /* of the play that said it, the last that failed */
	unsigned int again; /* plays of a smaller one before it is called good */
};

/* Plays WHAT until it is known how often it fails. False: not once, with the verdict told. */
bool hunt_first(struct hunt *s, const void *what, enum verdict *verdict);

/* Does WHAT, which is smaller, fail like the first one? It is measured then. */
bool hunt_fails(struct hunt *s, const void *what);

/* At most PLAYS of it. */
struct hunt_odds hunt_measure(struct hunt *s, const void *what, unsigned int plays);

/* "3 of 20 plays (95 %: 5 to 36 %)". Returns TEXT. */
char *hunt_said(struct hunt_odds odds, char *text, size_t size);

/* Forgets what the last play said, which would else be this case's verdict. */
void hunt_forget(void);

/* --- hunt-main.c --- */

extern struct hunt_options {
	const char *output, *from, *inject;
	unsigned int seconds;
	bool verbose;
	int out; /* where the result goes */
} hunt_options;

/* A program that LOADs what is named on the command line and RUNs a search. */
int hunt_main(int argc, char **argv, const char *help, struct case_info *info,
	      void (*load)(const char *path, struct case_info *info),
	      enum verdict (*run)(struct case_ctx *c));

#endif
