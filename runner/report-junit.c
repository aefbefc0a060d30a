// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What report/junit makes junit.xml of: a record for the run and one for each case, their fields
 * ended by US, the record by RS. No text has those: a journal's are cleaned when it is read.
 *
 * A known bug is a skip, as the consumers (GitLab, Jenkins) have no word for it; with --strict
 * it is a failure.
 */
#include "closing.h"
#include "js.h"
#include "mem.h"
#include "record.h"
#include "reports.h"

#include <stdlib.h>

#define US '\037'
#define RS '\036'

static void put(FILE *out, const char *text)
{
	fputs(text ? text : "", out);
	putc(US, out);
}

static const char *element_of(const struct outcome *o, bool strict)
{
	switch (o->verdict) {
	case VERDICT_PASS:
		return "";
	case VERDICT_CORRUPT:
	case VERDICT_CRASHED:
		return outcome_is_known(o) && !strict ? "skipped" : "failure";
	case VERDICT_BROKEN:
		return "error";
	default:
		return "skipped";
	}
}

/* "inconclusive: never reached" */
static void put_message(FILE *out, const struct outcome *o)
{
	const char *said = outcome_said(o);

	if (outcome_is_known(o))
		fprintf(out, "%s: %s", known_word(o->known), o->known_reason);
	else if (o->verdict != VERDICT_PASS)
		fprintf(out, "%s%s%s", verdict_word(o->verdict), said ? ": " : "",
			said ? said : "");
	putc(US, out);
}

static void put_log(FILE *out, const struct record *r, const char *id)
{
	const json_t *fault, *lines;
	size_t at = 0;

	while ((fault = record_next_fault(r, id, &at))) {
		lines = json_object_get(fault, "lines");
		for (size_t i = 0; i < json_array_size(lines); i++)
			fprintf(out, "%s\n", json_string_value(json_array_get(lines, i)));
	}
}

/* What a person needs who sees nothing but that file. */
static void put_output(FILE *out, const struct record *r, const struct record_case *c)
{
	const struct outcome *o = record_shown(c);

	if (outcome_is_bad(o)) {
		if (o->diagnosis)
			fprintf(out, "%s\n", o->diagnosis);
		if (o->replay)
			fprintf(out, "replay: %s\n", o->replay);
		fputs(o->scene ? o->scene : "", out);
		put_log(out, r, c->id);
	}
	putc(US, out);
}

void report_junit(FILE *out, const struct record *r, const char *dir)
{
	char *sentence = closing_sentence(r);

	(void)dir;
	put(out, sentence);
	put(out, js_string(r->run, "time"));
	put(out, js_string(r->run, "host"));
	putc(RS, out);
	for (size_t i = 0; i < r->n; i++) {
		const struct record_case *c = &r->cases[i];
		const struct outcome *o = record_shown(c);

		put(out, c->program);
		put(out, c->id);
		put(out, element_of(o, record_strict(r)));
		fprintf(out, "%.3f%c", o->seconds < 0 ? 0 : o->seconds, US);
		put_message(out, o);
		put_output(out, r, c);
		putc(RS, out);
	}
	free(sentence);
}
