// SPDX-License-Identifier: GPL-2.0-or-later
#include "pick.h"

#include "expr.h"
#include "opt.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>

#define EXIT_NO_PROGRAMS 2

static void say_nothing_fits(const struct suite *s, const char *option, const char *text,
			     const struct expr *e)
{
	const char *unknown = e ? suite_unknown(s, e) : NULL;
	char said[600] = "";

	if (unknown)
		suite_did_you_mean(s, unknown, said, sizeof(said));
	if (!s->n)
		fprintf(stderr, "%s: there are no case programs; build them first\n",
			program_invocation_short_name);
	else
		fprintf(stderr, "%s: %s: '%.80s' selects nothing%s\n",
			program_invocation_short_name, option, text,
			*said ? said : "; 'list' shows what there is");
}

struct suite *pick_suite(const char *option, const char *expr, int *code)
{
	struct suite *s;
	struct expr *e = NULL;
	char *why;

	if (expr) {
		e = expr_parse(expr, &why);
		if (!e)
			opt_usage("%s: %s", option, why);
	}
	s = suite_load();
	*code = EXIT_NO_PROGRAMS;
	if (s && !suite_select(s, e)) {
		say_nothing_fits(s, option, expr, e);
		*code = PICK_EXIT_NOTHING;
		suite_free(s);
		s = NULL;
	}
	expr_free(e);
	return s;
}
