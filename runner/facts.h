/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts: what the machine is, for env.json. */
#ifndef LOSTWRITE_FACTS_H
#define LOSTWRITE_FACTS_H

#include <jansson.h>

/* Kernel, configuration, command line, memory, swap, nodes, THP, taint: a new object. */
json_t *facts_collect(void);

#endif
