/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rundir: the directory of one run, and the lock that makes it the only run. */
#ifndef LOSTWRITE_RUNDIR_H
#define LOSTWRITE_RUNDIR_H

#include <stdbool.h>

/*
 * $LOSTWRITE_RESULTS; else "results" in the build, and of an installation results/ in the
 * state directory for root, $XDG_STATE_HOME/lostwrite for others.
 */
const char *rundir_results(void);

/*
 * Makes a new directory in RESULTS, named after time, kernel and host; never
 * one that is there. NULL, with a line in *WHY, when that is impossible.
 */
char *rundir_create(const char *results, char **why);

/* The same for another machine: that of a guest. */
char *rundir_create_for(const char *results, const char *kernel, const char *host, char **why);

/* Points RESULTS/latest at the directory DIR. False with errno. */
bool rundir_latest(const char *results, const char *dir);

/*
 * Takes the machine's run lock until this process ends. False, with a line in
 * *WHY, when another run has it.
 */
bool rundir_lock(char **why);

#endif
