/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pick: the suite with the cells selected that a user asked for. */
#ifndef LOSTWRITE_PICK_H
#define LOSTWRITE_PICK_H

#include <stddef.h>

struct suite;

#define PICK_EXIT_NOTHING 3
#define PICK_HELP                                                                            \
	"EXPR selects cases: shell globs that match a case, a program or a tag, joined by\n" \
	"'and' (&), 'or' (| ,), 'not' (!) and parentheses.\n"

/*
 * The suite with the cells that fit EXPR (NULL: all) selected. On failure NULL
 * after one line on stderr, and *CODE is the exit code. A mistake in EXPR is a
 * usage error of OPTION.
 */
struct suite *pick_suite(const char *option, const char *expr, int *code);

#endif
