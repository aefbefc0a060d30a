/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * only: the cases that another runner has left for this one, such as the one on
 * the other side of a virtual machine: ids, one a line, in the file that
 * $LOSTWRITE_ONLY names.
 */
#ifndef LOSTWRITE_ONLY_H
#define LOSTWRITE_ONLY_H

struct suite;

/* Takes all others out of the selection; does nothing without $LOSTWRITE_ONLY. */
void only_apply(struct suite *s);

#endif
