/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damon: a kdamond with the scheme "pageout" (Documentation/admin-guide/mm/damon/usage.rst):
 * a kernel thread that reclaims what it is told to watch, by address where the kernel has
 * that, else by the frames of now. There can be but one (NEED_DAMON).
 */
#ifndef LOSTWRITE_DAMON_H
#define LOSTWRITE_DAMON_H

#include "map.h"

/* Watches the COUNT maps from here, or the case is broken... */
void damon_pageout_on(const struct map *const *maps, unsigned int count);
/* ...to here. */
void damon_pageout_off(void);

#endif
