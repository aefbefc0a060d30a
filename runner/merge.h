/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge: the runs of several machines, or of several parts, as one run. */
#ifndef LOSTWRITE_MERGE_H
#define LOSTWRITE_MERGE_H

#include <stddef.h>

/*
 * Makes a run directory in RESULTS of the N runs in DIRS: all cases of all, what was kept of
 * bad ones, and where several had the same case, one pass after the other. Its path, a new
 * string; NULL, with one line in *WHY, when they are not of one kernel or cannot be read.
 */
char *merge_runs(const char *results, char *const *dirs, size_t n, char *const *argv, char **why);

#endif
