/* SPDX-License-Identifier: GPL-2.0-or-later */
/* helper: programs of the suite that do one thing for another one, quietly. */
#ifndef LOSTWRITE_HELPER_H
#define LOSTWRITE_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts the suite's file NAME with WORDS, NULL at the end; 0 when there is none. */
pid_t helper_start(const char *name, const char *const *words);

/* Waits for PID: did it succeed? If not it has said why on stderr. */
bool helper_end(pid_t pid);

#endif
