/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spread: an order of cells of which every beginning is a sample of all. A run
 * that has no time for all of them begins at the front and leaves the rest.
 */
#ifndef LOSTWRITE_SPREAD_H
#define LOSTWRITE_SPREAD_H

#include "case.h"

#include <stdbool.h>

/* Those that are TELLING come first (NULL: none are), spread among themselves. */
void spread_cells(struct case_cell *cell, unsigned int count,
		  bool (*telling)(const struct case_cell *cell));

#endif
