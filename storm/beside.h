/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beside: stress-ng as background load, in a process of its own. What it finds or
 * fails at itself is told apart from what the storm finds: it is no verdict.
 */
#ifndef LOSTWRITE_BESIDE_H
#define LOSTWRITE_BESIDE_H

#include "case.h"

#include <sys/types.h>

/* Starts STRESSORS ("vm=1,io=2"). 0 when it is not installed, which is said. */
pid_t beside_start(struct case_ctx *c, const char *stressors);

/* Ends it and says how it went. */
void beside_end(struct case_ctx *c, pid_t pid);

#endif
