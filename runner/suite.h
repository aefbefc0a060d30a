/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suite: the case programs that are there. The runner knows none by name; it
 * finds them in $LOSTWRITE_PROGRAMS, else in reproducers/ and workloads/ of
 * the build it belongs to, else of the installation, and asks each --describe.
 * A program that cannot answer stays in the list as a broken case.
 */
#ifndef LOSTWRITE_SUITE_H
#define LOSTWRITE_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct expr;

struct suite_cell {
	char *id;
	json_t *describe; /* its entry in "cells", borrowed; NULL in a broken program */
	bool selected;
	unsigned int turns; /* in this run, passes that came to it */
};

struct suite_program {
	char *name;
	char *path;	  /* runs from the current directory as it stands */
	json_t *describe; /* NULL: broken */
	char *broken;	  /* why, else NULL */
	unsigned int seconds;
	struct suite_cell *cells;
	size_t n_cells;
};

struct suite {
	struct suite_program *programs;
	size_t n;
	void *ids; /* all cells by id, a tree of tsearch(3) */
};

/* NULL when there is no directory with programs; the reason is said on stderr. */
struct suite *suite_load(void);

void suite_free(struct suite *s);

/* Selects the cells that fit (all for NULL) by id, program or tag. The number of them. */
size_t suite_select(struct suite *s, const struct expr *e);

/* The cell of P called ID, or NULL. */
const struct suite_cell *suite_cell(const struct suite *s, const struct suite_program *p,
				    const char *id);

/* The number of selected cells in P. */
size_t suite_selected(const struct suite_program *p);

/* The first glob of E that fits no id, program or tag, or NULL. */
const char *suite_unknown(const struct suite *s, const struct expr *e);

/* opt_did_you_mean() among the ids, programs and tags. */
char *suite_did_you_mean(const struct suite *s, const char *glob, char *said, size_t size);

/* Calls FN with every need of CELL (an object of the program's "needs"). */
void suite_needs(const struct suite_program *p, const struct suite_cell *cell,
		 void (*fn)(json_t *need, void *arg), void *arg);

#endif
