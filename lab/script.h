/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script: the shell scripts of lab/, and other helpers that end by themselves. */
#ifndef LOSTWRITE_SCRIPT_H
#define LOSTWRITE_SCRIPT_H

#include <stdbool.h>

/* Scripts get SIGTERM, with all that they have started, as soon as FD is readable. */
void script_stop_on(int fd);

/*
 * Runs ARGV (ended by NULL, a path or a name in $PATH) to its end; stderr is ours.
 * The first line of its stdout as a new string, NULL when it fails.
 */
char *script_line(const char *const *argv);

/*
 * Its exit code, -1 when a signal ended it; all that it says, also on stderr, as a new
 * string in *TEXT.
 */
int script_text(const char *const *argv, char **text);

/* The same as script_line() without its output. */
bool script_run(const char *const *argv);

/* Is the program NAME in $PATH? */
bool script_exists(const char *name);

/* mke2fs, depmod and modprobe are not in everybody's $PATH: afterwards they are. */
void script_widen_path(void);

/* $XDG_CACHE_HOME/lostwrite or ~/.cache/lostwrite, a new string. */
char *script_cache(void);

#endif
