/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat: what a matrix said, as maps: memory by disturbance, one for each way to hold,
 * share or track it. The names of the cells are the axes.
 */
#ifndef LOSTWRITE_HEAT_H
#define LOSTWRITE_HEAT_H

#include "record.h"

#include <stdio.h>

#define HEAT_CELLS 40 /* a program of fewer cells is no matrix */

/* The key to the signs, once a page. */
void heat_key(FILE *out);

/* The maps of the N cells of R from FIRST on, which are one program's. */
void heat_maps(FILE *out, const struct record *r, size_t first, size_t n);

#endif
