/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expr: the selection language of --match.
 *
 *	expr:  term | expr OR expr | expr AND expr | NOT expr | ( expr )
 *	AND:   and & &&     OR:   or | || ,     NOT:   not !
 *
 * NOT binds tighter than AND, AND tighter than OR. A term is a shell glob.
 */
#ifndef LOSTWRITE_EXPR_H
#define LOSTWRITE_EXPR_H

#include <stdbool.h>

struct expr;

/*
 * Parses TEXT. NULL on a mistake, with a new string in *WHY: "column 5:
 * expected a name, 'not' or '(', found ')'".
 */
struct expr *expr_parse(const char *text, char **why);

void expr_free(struct expr *e);

/* Is E true, when TERM says which globs fit the subject? */
bool expr_match(const struct expr *e, bool (*term)(const char *glob, void *subject), void *subject);

/* The first glob of which TERM is true, or NULL. */
const char *expr_find(const struct expr *e, bool (*term)(const char *glob, void *subject),
		      void *subject);

#endif
