/* SPDX-License-Identifier: GPL-2.0-or-later */
/* places: where the suite's own files are. */
#ifndef LOSTWRITE_PLACES_H
#define LOSTWRITE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The paths of all case programs, sorted by directory and name; both the
 * array and the strings are the caller's. NULL, after one line on stderr, when
 * there is no directory to look in.
 */
char **places_programs(size_t *n);

/* The path of the suite's own file NAME, in the build or the installation, a new string. */
char *places_file(const char *name);

/* Is this the build? It has runner/lostwrite; an installation has bin/lostwrite. */
bool places_in_build(void);

/* PATH as seen from the current directory when it lies below it, a new string. */
char *places_short(const char *path);

#endif
