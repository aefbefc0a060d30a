/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect-order: kernels from the oldest to the newest: what apt has, and what a user wrote. */
#ifndef LOSTWRITE_BISECT_ORDER_H
#define LOSTWRITE_BISECT_ORDER_H

#include "bisect-list.h"

/*
 * Adds Debian's kernels of WORDS: 'A,B,C' are three, 'A..B' all that apt has from A to B. False
 * with one line in *WHY, or after one on stderr and with NULL there.
 */
bool bisect_order_debs(struct bisect_list *l, const char *words, char **why);

/* A kernel that is older than the one before it is a usage error. */
void bisect_order_check(const struct bisect_list *l);

#endif
