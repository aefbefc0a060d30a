// SPDX-License-Identifier: GPL-2.0-or-later
#include "spread.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

/* About the golden ratio of N, without a common divisor: then every cell is reached. */
static unsigned int stride_of(unsigned int n)
{
	unsigned int stride = n * 0.618 + 1, a, b, rest;

	for (;; stride++) {
		for (a = n, b = stride; b; a = b, b = rest)
			rest = a % b;
		if (a == 1)
			return stride;
	}
}

void spread_cells(struct case_cell *cell, unsigned int count,
		  bool (*telling)(const struct case_cell *cell))
{
	struct case_cell *to = calloc(count + 1, sizeof(*to));
	unsigned int stride = stride_of(count), n = 0;

	if (!to)
		fail("memory for %u cells", count);
	for (int first = 1; first >= 0; first--)
		for (unsigned int i = 0, at = 0; i < count; i++, at = (at + stride) % count)
			if ((telling && telling(&cell[at])) == first)
				to[n++] = cell[at];
	memcpy(cell, to, count * sizeof(*to));
	free(to);
}
