/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cells: a matrix as data. A cell takes one value of each axis, and its name is
 * their names with dots between. Rules say which cells cannot be and why, and
 * which are known to fail; the matrix itself only writes the scene of a cell.
 *
 * A pattern has one field an axis, with dots between: a glob, or several with |
 * between, or ! and those that it is not. Fields that are missing are *.
 *
 *	file.*.uring-*			pins of a file's own pages are refused
 *	*.!dirty.*.*.sector|crossing	parts are crossed with dirty memory only
 */
#ifndef LOSTWRITE_CELLS_H
#define LOSTWRITE_CELLS_H

#include "case.h"

#include <stdio.h>

#define CELLS_AXES 8

struct cells_value {
	const char *name;
	const char *lines, *later, *last; /* of the scene, as the matrix likes */
	bool unnamed;			  /* the plain one: left out of names */
};

struct cells_known {
	const char *pattern;
	const char *open, *hazard, *hazard_before; /* as in case_info */
};

struct cells {
	const struct cells_value *axis[CELLS_AXES + 1]; /* each ended by a NULL name */
	unsigned int about;				/* the axis that is a cell's summary */
	const struct case_cannot *cannot;		/* ended by a NULL pattern */
	const struct cells_known *known;		/* likewise; the first that fits counts */
	const char *const *core;			/* patterns of what comes first, or NULL */
	void (*scene)(FILE *out, const struct cells_value *const *value);
};

/* Kinds of memory that rules speak of together. */
#define CELLS_THPS   "thp|pte-thp"
#define CELLS_ANONS  "anon4k|mthp|" CELLS_THPS
#define CELLS_SHARED "shared-anon|memfd|file"
#define CELLS_COPIES "memfd-private|file-private" /* of a file, once they were written */

/* What no way of reclaim takes, where a pattern's rest says that it is tried. */
#define CELLS_NOT_RECLAIMED(where)                                                         \
	{ "hugetlb" where, "hugetlb pages are not reclaimed" },                            \
		{ "file" where, "a file's own pages go back to the file, not to swap" },   \
		{ "ksm" where, "MADV_PAGEOUT passes over pages that two mappings share" }, \
	{                                                                                  \
		"zero-page" where, "the zero page is not reclaimed"                        \
	}

/* The first two axes of every matrix: kinds of memory, and states it may be in. */
const struct cells_value *cells_kinds(void);
extern const struct cells_value cells_states[];

/* Makes all that can be, for INFO. A mistake in the tables ends the program. */
void cells_make(struct case_info *info, const struct cells *cells);

/* The run() of a matrix. */
enum verdict cells_run(struct case_ctx *c);

#endif
