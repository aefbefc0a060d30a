/* SPDX-License-Identifier: GPL-2.0-or-later */
/* between: the two halves of what regroups pages: between.c has the table, numa.c two nodes. */
#ifndef LOSTWRITE_CONTENT_BETWEEN_H
#define LOSTWRITE_CONTENT_BETWEEN_H

#include "plan.h"

size_t numa_move_pages(struct body *b);
size_t numa_mbind(struct body *b);
size_t numa_migrate_pages(struct body *b);
size_t numa_balance(struct body *b);

#endif
