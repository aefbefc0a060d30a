// SPDX-License-Identifier: GPL-2.0-or-later
#include "heat.h"

#include "html.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 8

/* What an entry says: the worst of its cells, with a sign for who cannot see the colour. */
enum sign { LOST, OPEN, HAZARD, FAULTY, PASSES, UNCLEAR, SKIPPED, NOT_RUN, SIGNS };

static const struct {
	const char *sign, *class, *word;
} signs[SIGNS] = {
	[LOST] = { "X", "corrupt", "lost, leaked or unreported; crashed" },
	[OPEN] = { "o", "known", "no fix anywhere" },
	[HAZARD] = { "h", "known", "documented or known" },
	[FAULTY] = { "!", "broken", "the test's fault" },
	[PASSES] = { "", "pass", "pass: how many" },
	[UNCLEAR] = { "?", "inconclusive", "not reached" },
	[SKIPPED] = { "-", "skip", "skipped" },
	[NOT_RUN] = { "_", "notrun", "not run" },
};

struct words {
	char *text, *at[WORDS];
	unsigned int n;
};

/* Behind the program's name. */
static void cut(struct words *w, const struct record_case *c)
{
	const char *rest = c->id + strlen(c->program);
	char *save, *word;

	*w = (struct words){ .text = mem_copy(*rest == '.' ? rest + 1 : rest) };
	for (word = strtok_r(w->text, ".", &save); word && w->n < WORDS;
	     word = strtok_r(NULL, ".", &save))
		w->at[w->n++] = word;
}

static enum sign sign_of(const struct outcome *shown)
{
	if (outcome_is_known(shown))
		return shown->known == KNOWN_OPEN ? OPEN : HAZARD;
	switch (shown->verdict) {
	case VERDICT_CORRUPT:
	case VERDICT_CRASHED:
		return LOST;
	case VERDICT_BROKEN:
		return FAULTY;
	case VERDICT_PASS:
		return PASSES;
	case VERDICT_INCONCLUSIVE:
		return UNCLEAR;
	case VERDICT_SKIP:
		return SKIPPED;
	default:
		return NOT_RUN;
	}
}

/* Of N cells from FIRST on; to be freed by free_words(). */
static struct words *cut_all(const struct record *r, size_t first, size_t n)
{
	struct words *all = mem_zero(n, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		cut(&all[i], &r->cases[first + i]);
	return all;
}

static void free_words(struct words *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(all[i].text);
	free(all);
}

/* Which words are the axes: the first is the memory; what has the most values are the rows. */
struct axes {
	unsigned int words, map, row;
};

static struct axes axes_of(const struct words *all, size_t n)
{
	json_t *values[WORDS] = { NULL };
	struct axes a = { .words = WORDS };

	for (const struct words *w = all; w < all + n; w++) {
		a.words = w->n < a.words ? w->n : a.words;
		for (unsigned int j = 0; j < w->n; j++) {
			if (!values[j])
				values[j] = json_object();
			json_object_set_new(values[j], w->at[j], json_true());
		}
	}
	a.row = 1;
	for (unsigned int j = 2; j < a.words; j++)
		if (json_object_size(values[j]) > json_object_size(values[a.row]))
			a.row = j;
	a.map = a.words > 3 && a.row != 2 ? 2 : a.row == 1 ? 2 : 1;
	for (unsigned int j = 0; j < WORDS; j++)
		json_decref(values[j]);
	return a;
}

static json_t *object_in(json_t *object, const char *key)
{
	json_t *inner = json_object_get(object, key);

	if (!inner) {
		inner = json_object();
		json_object_set_new(object, key, inner);
	}
	return inner;
}

static void add_one(json_t *entry, const char *key)
{
	json_object_set_new(entry, key,
			    json_integer(json_integer_value(json_object_get(entry, key)) + 1));
}

/* {map: {row: {column: {sign: number}}}}, and all columns in their order in *COLUMNS. */
static json_t *collect(const struct record *r, size_t first, size_t n, json_t **columns)
{
	struct words *all = cut_all(r, first, n);
	struct axes a = axes_of(all, n);
	json_t *maps = json_object(), *row;
	char key[2] = "";

	*columns = json_object();
	for (size_t i = 0; i < n; i++) {
		const struct words *w = &all[i];

		row = object_in(object_in(maps, a.map < w->n ? w->at[a.map] : "any"),
				a.row < w->n ? w->at[a.row] : "any");
		*key = '0' + sign_of(record_shown(&r->cases[first + i]));
		add_one(object_in(row, w->n ? w->at[0] : "any"), key);
		json_object_set_new(*columns, w->n ? w->at[0] : "any", json_true());
	}
	free_words(all, n);
	return maps;
}

static json_int_t number(const json_t *entry, enum sign s)
{
	const char key[] = { '0' + s, '\0' };

	return json_integer_value(json_object_get(entry, key));
}

static enum sign worst_of(const json_t *entry, json_int_t *all)
{
	enum sign worst = SIGNS;

	*all = 0;
	for (int s = SIGNS; s-- > 0;) {
		*all += number(entry, s);
		if (number(entry, s))
			worst = s;
	}
	return worst;
}

static void put_entry(FILE *out, const json_t *entry)
{
	json_int_t all;
	enum sign worst = worst_of(entry, &all);
	json_int_t of_it = worst == SIGNS ? 0 : number(entry, worst);

	if (worst == SIGNS)
		fputs("<td>", out);
	else if (worst < PASSES)
		fprintf(out, "<td class=\"%s\">%s %lld/%lld", signs[worst].class, signs[worst].sign,
			(long long)of_it, (long long)all);
	else if (worst == PASSES)
		fprintf(out, "<td class=\"pass\">%lld", (long long)of_it);
	else
		fprintf(out, "<td class=\"%s\">%s", signs[worst].class, signs[worst].sign);
	fputs("</td>", out);
}

/* How many cells of a map have each sign. */
static void count(json_t *rows, json_int_t *cells)
{
	for (void *r = json_object_iter(rows); r; r = json_object_iter_next(rows, r)) {
		json_t *row = json_object_iter_value(r);

		for (void *c = json_object_iter(row); c; c = json_object_iter_next(row, c))
			for (int s = 0; s < SIGNS; s++)
				cells[s] += number(json_object_iter_value(c), s);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of OBJECT in the alphabet's order; as many as it has, to be freed. */
static const char **sorted(json_t *object)
{
	const char **keys = mem_zero(json_object_size(object) + 1, sizeof(*keys));
	size_t n = 0;

	for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it))
		keys[n++] = json_object_iter_key(it);
	qsort(keys, n, sizeof(*keys), by_name);
	return keys;
}

static void put_counts(FILE *out, const json_int_t *cells)
{
	fputs(" <small>", out);
	for (int s = 0; s < SIGNS; s++)
		if (cells[s])
			fprintf(out, "<span class=\"%s\">%s%s%lld</span> ", signs[s].class,
				signs[s].sign, *signs[s].sign ? " " : "", (long long)cells[s]);
	fputs("</small>", out);
}

static void put_row(FILE *out, const char *name, const json_t *row, const char *const *columns)
{
	fputs("<tr class=\"f\"><th scope=\"row\">", out);
	html_text(out, name);
	fputs("</th>", out);
	for (; *columns; columns++)
		put_entry(out, json_object_get(row, *columns));
	fputs("</tr>\n", out);
}

static void put_map(FILE *out, const char *program, const char *name, json_t *rows,
		    const char *const *columns)
{
	const char **names = sorted(rows);
	json_int_t cells[SIGNS] = { 0 };

	count(rows, cells);
	fprintf(out, "<details%s><summary><code>", cells[LOST] ? " open" : "");
	html_text(out, program);
	fputs("</code>: ", out);
	html_text(out, name);
	put_counts(out, cells);
	fputs("</summary><div class=\"wide\"><table><thead><tr><th></th>", out);
	for (size_t i = 0; columns[i]; i++)
		html_tag(out, "th", columns[i]);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; names[i]; i++)
		put_row(out, names[i], json_object_get(rows, names[i]), columns);
	fputs("</tbody></table></div></details>\n", out);
	free(names);
}

void heat_key(FILE *out)
{
	fputs("<p class=\"key\">", out);
	for (int s = 0; s < SIGNS; s++)
		fprintf(out, "<span class=\"%s\">%s%s%s</span> ", signs[s].class, signs[s].sign,
			*signs[s].sign ? " " : "", signs[s].word);
	fputs("</p>\n", out);
}

void heat_maps(FILE *out, const struct record *r, size_t first, size_t n)
{
	json_t *all, *maps = collect(r, first, n, &all);
	const char **columns = sorted(all), **names = sorted(maps);

	for (size_t i = 0; names[i]; i++)
		put_map(out, r->cases[first].program, names[i], json_object_get(maps, names[i]),
			columns);
	free(columns);
	free(names);
	json_decref(maps);
	json_decref(all);
}
