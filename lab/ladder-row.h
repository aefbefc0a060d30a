/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ladder-row: the rows of a ladder's table. A case is a row; a program with many
 * cells, such as a matrix, is one row with counts.
 */
#ifndef LOSTWRITE_LADDER_ROW_H
#define LOSTWRITE_LADDER_ROW_H

#include "ladder.h"

/* Steps to the next row; the first after {0}. False behind the last. */
bool ladder_row_next(const struct ladder *l, struct ladder_row *row);

/* A row on one kernel. */
struct ladder_cell {
	unsigned int counts[VERDICT_COUNT], known, none, wrong;
	const struct outcome *worst; /* what the row shows; NULL: none yet */
};

struct ladder_cell ladder_cell(const struct ladder *l, const struct ladder_kernel *k,
			       const struct ladder_row *row);

/* What stands there, a new string: "pass", "12 CORRUPT !". */
char *ladder_cell_text(const struct ladder_kernel *k, const struct ladder_row *row,
		       const struct ladder_cell *cell);

/* "3 corrupt, 20 pass, 4 known", a new string. */
char *ladder_cell_counts(const struct ladder_cell *cell);

/* Is the case C one of a matrix? */
bool ladder_in_matrix(const struct ladder_kernel *k, const struct record_case *c);

#endif
