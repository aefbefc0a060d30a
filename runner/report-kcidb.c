// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KCIDB v5.3, the form in which labs share kernel test results. Who has an origin and a
 * build there names them: LOSTWRITE_KCIDB_ORIGIN, LOSTWRITE_KCIDB_BUILD.
 */
#include "js.h"
#include "mem.h"
#include "record.h"
#include "reports.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define EXCERPT_MAX 16384 /* characters, says the schema */

static const char *status(enum verdict v)
{
	static const char *const names[VERDICT_COUNT] = {
		[VERDICT_PASS] = "PASS",	 [VERDICT_CORRUPT] = "FAIL",
		[VERDICT_INCONCLUSIVE] = "SKIP", [VERDICT_SKIP] = "SKIP",
		[VERDICT_BROKEN] = "ERROR",	 [VERDICT_CRASHED] = "FAIL",
		[VERDICT_NOTRUN] = "MISS",
	};

	return names[v];
}

static const char *set_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

struct ids {
	const char *origin;
	char *run, *build; /* "ORIGIN:..." */
	bool own_build;
};

static struct ids ids_of(const char *dir)
{
	char real[PATH_MAX];
	const char *path = realpath(dir, real) ? real : dir, *slash = strrchr(path, '/');
	const char *build = set_or("LOSTWRITE_KCIDB_BUILD", NULL);
	struct ids ids = { .origin = set_or("LOSTWRITE_KCIDB_ORIGIN", "lostwrite") };

	ids.run = mem_text("%s:%s", ids.origin, slash ? slash + 1 : path);
	ids.build = mem_copy(build ? build : ids.run);
	js_clean(ids.run);
	js_clean(ids.build);
	ids.own_build = !build;
	return ids;
}

static void put(FILE *out, const char *key, const char *text)
{
	if (text)
		js_write_member(out, key, text);
}

/* The kernel is what runs here; nobody says from which commit it was made. */
static void put_build(FILE *out, const struct record *r, const struct ids *ids)
{
	fputs(" \"checkouts\": [{\"id\": ", out);
	js_write(out, ids->run);
	put(out, "origin", ids->origin);
	put(out, "comment", js_string(r->run, "kernel"));
	fputs("}],\n \"builds\": [{\"id\": ", out);
	js_write(out, ids->run);
	put(out, "checkout_id", ids->run);
	put(out, "origin", ids->origin);
	put(out, "comment", js_string(r->run, "kernel"));
	fputs("}],\n", out);
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static char *excerpt(const struct outcome *o)
{
	char *text = mem_text("%s%s%s%s%s", o->diagnosis ? o->diagnosis : "",
			      o->replay ? "\nreplay: " : "", o->replay ? o->replay : "",
			      o->scene ? "\n" : "", o->scene ? o->scene : "");

	if (characters(text) > EXCERPT_MAX) /* a scene; its lines are ASCII */
		text[EXCERPT_MAX] = '\0';
	return text;
}

static void put_misc(FILE *out, const struct outcome *o)
{
	fprintf(out, ", \"misc\": {\"verdict\": \"%s\"", verdict_name(o->verdict));
	put(out, "reason", o->reason);
	put(out, "class", o->class);
	if (outcome_is_known(o)) {
		put(out, "known_issue", known_word(o->known));
		put(out, "known_reason", o->known_reason);
	}
	outcome_write_counters(out, "counters", o->counters, o->n_counters);
	putc('}', out);
}

static void put_test(FILE *out, const struct record *r, const struct record_case *c,
		     const struct ids *ids)
{
	const struct outcome *o = record_shown(c);
	char *id = mem_text("%s/%s", ids->run, c->id);
	char *path = mem_text("lostwrite.%s", c->id), *text = excerpt(o);

	fputs("  {\"id\": ", out);
	js_write(out, id);
	put(out, "origin", ids->origin);
	put(out, "build_id", ids->build);
	put(out, "path", path);
	put(out, "status", status(o->verdict));
	put(out, "start_time", js_string(r->run, "time"));
	if (o->seconds >= 0)
		fprintf(out, ", \"duration\": %.3f", o->seconds);
	fputs(", \"environment\": {\"comment\": ", out);
	js_write(out, js_string(r->run, "host") ? js_string(r->run, "host") : "");
	putc('}', out);
	put(out, "log_excerpt", *text ? text : NULL);
	put_misc(out, o);
	putc('}', out);
	free(id);
	free(path);
	free(text);
}

void report_kcidb(FILE *out, const struct record *r, const char *dir)
{
	struct ids ids = ids_of(dir);

	fputs("{\n \"version\": {\"major\": 5, \"minor\": 3},\n", out);
	if (ids.own_build)
		put_build(out, r, &ids);
	fputs(" \"tests\": [", out);
	for (size_t i = 0; i < r->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_test(out, r, &r->cases[i], &ids);
	}
	fputs("\n ]\n}\n", out);
	free(ids.run);
	free(ids.build);
}
