/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo: the log behind res.h, and the only code that undoes anything. Used by
 * res.c; everybody else includes res.h.
 */
#ifndef LOSTWRITE_UNDO_H
#define LOSTWRITE_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Makes PATH if need be, and sees that it is a directory of ours: in /tmp
 * somebody else may have been there first, with a link or worse. Else errno.
 */
bool undo_directory(const char *path);

/* The log of this process, in STATE/undo, made by the first undo_add(). */
bool undo_open(const char *state, const char *what, char *why, size_t size);

/* Writes one step and syncs it. VALUE may be NULL. */
bool undo_add(const char *kind, const char *path, const char *value, char *why, size_t size);

/* Undoes LOG from its end and removes it when every step worked. Steps that failed. */
int undo_log(const char *log, FILE *out, FILE *err);

/* The same for this process's log, if there is one. */
int undo_own(FILE *err);

/* Where the log ends now, and undoing this process's steps since then. Steps that failed. */
off_t undo_mark(void);
int undo_to(off_t mark, FILE *err);

/* The same for every log in STATE whose owner is dead. */
int undo_dead(const char *state, FILE *out, FILE *err);

#endif
