// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include "js.h"
#include "mem.h"
#include "record.h"
#include "res.h"
#include "term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define WORD_WIDTH   12
#define ID_WIDTH_MAX 64

void text_header(const struct record *r)
{
	const json_t *run = r->run;

	printf("lostwrite %s: Linux %s on %s, %s, seed %lld, %zu case%s\n",
	       js_string(run, "version"), js_string(run, "kernel"), js_string(run, "host"),
	       js_string(run, "profile"),
	       (long long)json_integer_value(json_object_get(run, "seed")), r->n,
	       r->n == 1 ? "" : "s");
}

static double gb(const json_t *facts, const char *key)
{
	return js_number(json_object_get(facts, "memory_kb"), key) / (1 << 20);
}

/* Is there nothing that root could not provide? */
static bool is_for_root(const json_t *missing)
{
	const char *remedy;

	for (size_t i = 0; i < json_array_size(missing); i++) {
		remedy = js_string(json_array_get(missing, i), "remedy");
		if (!remedy || !strstr(remedy, "root"))
			return false;
	}
	return json_array_size(missing);
}

void text_privileges(const struct record *r)
{
	size_t ready = 0, more = 0;
	const json_t *missing;

	if (!geteuid())
		return;
	for (size_t i = 0; i < r->n; i++) {
		missing = r->cases[i].missing;
		ready += !json_array_size(missing);
		more += is_for_root(missing);
	}
	if (more)
		printf("%zu of %zu cases have what they need; root would add %zu\n", ready, r->n,
		       more);
}

void text_budget(double seconds, const json_t *facts)
{
	const char *dir = res_scratch_dir();
	struct statvfs fs;

	printf("at most %.0f s, with %.1f GB of memory, %.1f GB of swap", seconds,
	       gb(facts, "MemAvailable"), gb(facts, "SwapFree"));
	if (!statvfs(dir, &fs))
		printf(" and %.1f GB in %s for more", (double)fs.f_bavail * fs.f_frsize / (1 << 30),
		       dir);
	putchar('\n');
}

const char *text_colour(const struct term *t, const struct outcome *o)
{
	switch (outcome_verdict(o)) {
	case VERDICT_PASS:
		return term_colour(t, TERM_GREEN);
	case VERDICT_CORRUPT:
	case VERDICT_CRASHED:
		return term_colour(t, outcome_is_known(o) ? TERM_YELLOW : TERM_RED);
	case VERDICT_BROKEN:
		return term_colour(t, TERM_RED);
	default:
		return term_colour(t, TERM_DIM);
	}
}

static int id_width(const struct record *r)
{
	size_t width = 0, len;

	for (size_t i = 0; i < r->n; i++) {
		len = strlen(r->cases[i].id);
		if (len > width && len <= ID_WIDTH_MAX)
			width = len;
	}
	return width;
}

static void details(FILE *out, const struct outcome *o)
{
	if (outcome_is_known(o))
		fprintf(out, "%s: %s", known_word(o->known), o->known_reason);
	else if (o->verdict != VERDICT_PASS && o->verdict != VERDICT_CORRUPT)
		fputs(o->reason ? o->reason : "", out);
	else
		for (size_t i = 0; i < o->n_counters; i++)
			fprintf(out, "%s%s %lld", i ? ", " : "", o->counters[i].name,
				o->counters[i].n);
}

/* Details that a person needs whole wrap; the others are cut at the edge of a terminal. */
static bool may_wrap(const struct outcome *o)
{
	return o->verdict == VERDICT_BROKEN || o->verdict == VERDICT_CRASHED;
}

static void table_line(const struct term *t, int ids, const char *id, const struct outcome *o)
{
	char *seconds = o->seconds < 0 ? mem_copy("") : mem_text("%.3f s", o->seconds);
	char *text = NULL;
	unsigned int width = term_width(t), used = WORD_WIDTH + ids + 15;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	details(out, o);
	fclose(out);
	if (!may_wrap(o) && width > used && size > width - used)
		text[width - used] = '\0';
	printf("%s%-*s%s  %-*s  %9s%s%s\n", text_colour(t, o), WORD_WIDTH, verdict_word(o->verdict),
	       term_colour(t, TERM_PLAIN), ids, id, seconds, *text ? "  " : "", text);
	free(text);
	free(seconds);
}

#define MANY 100

/* Of thousands of cases only those are shown that somebody has to look at; the rest is counted. */
static bool is_shown(const struct record *r, const struct outcome *o)
{
	return r->n <= MANY || o->verdict == VERDICT_BROKEN || o->verdict == VERDICT_CRASHED ||
	       outcome_is_new(o);
}

/* IDS is the width of the column with the ids. */
static void text_case(struct term *t, int ids, const char *id, const struct outcome *o)
{
	term_clear(t);
	table_line(t, ids, id, o);
	if (outcome_is_bad(o) && o->diagnosis)
		printf("%*s%s\n", WORD_WIDTH + 2, "", o->diagnosis);
	if (outcome_is_bad(o) && o->replay)
		printf("%*sreplay: %s\n", WORD_WIDTH + 2, "", o->replay);
}

void text_event(struct term *t, const struct record *r, const json_t *event)
{
	const struct record_case *c = record_find(r, js_string(event, "id"));

	if (!strcmp(js_string(event, "event"), "verdict") && is_shown(r, c->now))
		text_case(t, id_width(r), c->id, c->now);
}

void text_table(struct term *t, const struct record *r)
{
	int ids = id_width(r);

	for (size_t i = 0; i < r->n; i++)
		if (is_shown(r, record_shown(&r->cases[i])))
			text_case(t, ids, r->cases[i].id, record_shown(&r->cases[i]));
}

char *text_progress(const struct record *r, const char *id, double seconds)
{
	struct record_totals t;
	unsigned int done = 0, digits = snprintf(NULL, 0, "%zu", r->n);

	record_totals(r, &t);
	for (size_t i = 0; i < r->n; i++)
		done += r->cases[i].now || record_shown(&r->cases[i]);
	return mem_text("[%*u/%zu] %s  %.1f s  pass %u corrupt %u skip %u", digits,
			done < r->n ? done + 1 : done, r->n, id, seconds, t.verdicts[VERDICT_PASS],
			t.verdicts[VERDICT_CORRUPT] + t.verdicts[VERDICT_CRASHED],
			t.verdicts[VERDICT_SKIP]);
}

int text_refuse(char *why)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, why);
	free(why);
	return EXIT_BROKEN;
}
