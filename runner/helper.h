/* SPDX-License-Identifier: GPL-2.0-or-later */
/* helper: programs of the suite that do one thing for another one, quietly. */
#ifndef LOSTWRITE_HELPER_H
#define LOSTWRITE_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/* Is there such a file of the suite? */
bool helper_exists(const char *name);

/*
 * Starts the suite's file NAME with WORDS, NULL at the end, and IN as its standard input (-1:
 * none); 0 when that cannot be.
 */
pid_t helper_start(const char *name, const char *const *words, int in);

/* Waits for PID: did it succeed? If not it has said why on stderr. */
bool helper_end(pid_t pid);

#endif
