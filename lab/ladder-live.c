// SPDX-License-Identifier: GPL-2.0-or-later
/* The table on a terminal while the kernels run: drawn over itself. */
#include "job.h"
#include "ladder-row.h"

#include <stdio.h>

#define EVERY_SECONDS 0.5

static bool has_room(const struct ladder *l)
{
	struct ladder_row row = { NULL };
	unsigned int lines = 5; /* heading, blank and progress lines */

	while (ladder_row_next(l, &row))
		lines++;
	return lines < term_height(&l->term) && ladder_table_width(l) < term_width(&l->term);
}

void ladder_live_clear(struct ladder *l)
{
	term_clear(&l->term);
	if (l->drawn)
		printf("\033[%uA\033[J", l->drawn);
	l->drawn = 0;
}

void ladder_live_draw(struct ladder *l)
{
	double now = job_now();

	if (!l->term.tty || now < l->drawn_at + EVERY_SECONDS || !ladder_rows(l) || !has_room(l))
		return;
	ladder_live_clear(l);
	l->drawn = ladder_print_table(l);
	l->drawn_at = now;
}
