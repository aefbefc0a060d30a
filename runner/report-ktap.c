// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"
#include "reports.h"

static void put_said(FILE *out, const struct outcome *o)
{
	for (size_t i = 0; i < o->n_counters; i++)
		fprintf(out, "# counter %s %lld\n", o->counters[i].name, o->counters[i].n);
	if (o->seconds >= 0)
		fprintf(out, "# seconds %.3f\n", o->seconds);
	if (o->diagnosis)
		fprintf(out, "# corrupt %s\n", o->diagnosis);
	if (o->replay)
		fprintf(out, "# replay %s\n", o->replay);
}

static void put_result(FILE *out, size_t number, const struct record_case *c, bool strict)
{
	static const struct {
		bool ok;
		const char *directive;
	} forms[VERDICT_COUNT] = {
		[VERDICT_PASS] = { true, NULL },
		[VERDICT_CORRUPT] = { false, NULL },
		[VERDICT_INCONCLUSIVE] = { true, "SKIP inconclusive: " },
		[VERDICT_SKIP] = { true, "SKIP " },
		[VERDICT_BROKEN] = { false, "ERROR " },
		[VERDICT_CRASHED] = { false, "ERROR crashed: " },
		[VERDICT_NOTRUN] = { true, "SKIP not run: " },
	};
	const struct outcome *o = record_shown(c);

	fprintf(out, "%s %zu %s", forms[o->verdict].ok ? "ok" : "not ok", number, c->id);
	if (outcome_is_known(o) && !strict)
		fprintf(out, " # TODO %s: %s", known_word(o->known), o->known_reason);
	else if (forms[o->verdict].directive)
		fprintf(out, " # %s%s", forms[o->verdict].directive, o->reason ? o->reason : "");
	putc('\n', out);
}

void report_ktap(FILE *out, const struct record *r, const char *dir)
{
	(void)dir;
	fprintf(out, "KTAP version 1\n1..%zu\n", r->n);
	for (size_t i = 0; i < r->n; i++) {
		put_said(out, record_shown(&r->cases[i]));
		put_result(out, i + 1, &r->cases[i], record_strict(r));
	}
}
