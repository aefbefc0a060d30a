/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder-child: `vm` for one kernel of a ladder, in a process of its own. */
#ifndef LOSTWRITE_LADDER_CHILD_H
#define LOSTWRITE_LADDER_CHILD_H

#include <stdbool.h>

struct ladder;
struct ladder_kernel;

void ladder_child_start(struct ladder *l, struct ladder_kernel *k);

/* Takes in what it has said. True when it has just ended. */
bool ladder_child_look(struct ladder_kernel *k);

#endif
