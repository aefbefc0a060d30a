// SPDX-License-Identifier: GPL-2.0-or-later
#include "expect.h"

#include "js.h"
#include "mem.h"
#include "opt.h"
#include "outcome.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KERNEL, CASE, VERDICTS, REASON, FIELDS };

struct line {
	char *fields[FIELDS];
	unsigned int verdicts; /* a bit each */
};

struct expect {
	struct line *lines;
	size_t n;
};

/* Behind the verdicts: the kinds of known losses. */
static const char *const kinds[] = { "open", "hazard", "known" };

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* The bit of WORD: a verdict's number or that of a kind behind them. -1: no such word. */
static int bit_of(const char *word)
{
	enum verdict v = verdict_parse(word);

	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(word, kinds[i]))
			return VERDICT_COUNT + i;
	return v == VERDICT_COUNT ? -1 : (int)v;
}

static int bit_of_outcome(const struct outcome *o)
{
	return outcome_is_known(o) ? bit_of(known_name(o->known)) : (int)o->verdict;
}

static unsigned int parse_verdicts(const char *text, const char *path, size_t number)
{
	char *copy = mem_copy(text), *save;
	unsigned int bits = 0;
	int bit;

	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		bit = bit_of(word);
		if (bit < 0)
			opt_usage("%s:%zu: '%.40s' is no verdict", path, number, word);
		bits |= 1u << bit;
	}
	free(copy);
	if (!bits)
		opt_usage("%s:%zu: no verdict", path, number);
	return bits;
}

static void add(struct expect *e, const char *path, size_t number, char *text)
{
	struct line *l;
	size_t n = 0;

	text[strcspn(text, "\r\n")] = '\0';
	if (!*text || *text == '#')
		return;
	e->lines = mem_grow(e->lines, e->n + 1, sizeof(*e->lines));
	l = &e->lines[e->n];
	for (char *field; n < FIELDS && (field = strsep(&text, "\t")); n++) {
		js_clean(field);
		l->fields[n] = mem_copy(field);
		if (!*field)
			break;
	}
	if (n < FIELDS || text)
		opt_usage("%s:%zu: not KERNEL<TAB>CASE<TAB>VERDICTS<TAB>REASON", path, number);
	l->verdicts = parse_verdicts(l->fields[VERDICTS], path, number);
	e->n++;
}

struct expect *expect_load(const char *path)
{
	FILE *file = fopen(path, "re");
	struct expect *e = mem_zero(1, sizeof(*e));
	char *line = NULL;
	size_t size = 0;

	if (!file)
		opt_usage("ladder: --expect: %s: %s", path, strerror(errno));
	for (size_t number = 1; getline(&line, &size, file) > 0; number++)
		add(e, path, number, line);
	if (ferror(file))
		opt_usage("ladder: --expect: %s: %s", path, strerror(errno));
	free(line);
	fclose(file);
	return e;
}

void expect_free(struct expect *e)
{
	for (size_t i = 0; e && i < e->n; i++)
		for (int f = 0; f < FIELDS; f++)
			free(e->lines[i].fields[f]);
	if (e)
		free(e->lines);
	free(e);
}

char *expect_wrong(const struct expect *e, const char *release, const char *id,
		   const struct outcome *o)
{
	int bit = bit_of_outcome(o);

	for (size_t i = 0; i < e->n; i++) {
		const struct line *l = &e->lines[i];

		if (fnmatch(l->fields[KERNEL], release, 0) || fnmatch(l->fields[CASE], id, 0))
			continue;
		if (bit >= 0 && l->verdicts >> bit & 1)
			return NULL;
		return mem_text("expected %s (%s)", l->fields[VERDICTS], l->fields[REASON]);
	}
	return mem_text("no line expects it");
}
