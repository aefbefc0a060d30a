// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-diff.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char generated[] = "# Automatically generated";

static struct bisect_diff_row *row_of(struct bisect_diff *d, const char *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->rows[i].key, key))
			return &d->rows[i];
	d->rows = mem_grow(d->rows, d->n + 1, sizeof(*d->rows));
	d->rows[d->n] = (struct bisect_diff_row){ .key = mem_copy(key) };
	return &d->rows[d->n++];
}

/* Of a word that is given twice the second is another: console=tty0 console=ttyS0. */
static void add(struct bisect_diff *d, const char *key, const char *text, bool bad)
{
	struct bisect_diff_row *row = row_of(d, key);
	char **side = bad ? &row->bad : &row->good;

	if (*side && strcmp(key, text) != 0) {
		add(d, text, text, bad);
		return;
	}
	free(*side);
	*side = mem_copy(text);
}

static bool is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* "CONFIG_X=..." and "# CONFIG_X is not set" are about the key CONFIG_X. */
static bool add_config(struct bisect_diff *d, const char *path, bool bad)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return false;
	while (getline(&line, &size, file) > 0) {
		const char *name = line;
		size_t len = 0;
		char *key;

		line[strcspn(line, "\r\n")] = '\0';
		d->whole |= !strncmp(line, generated, strlen(generated));
		if (!strncmp(line, "# CONFIG_", 9) && strstr(line, " is not set"))
			name += 2;
		else if (strncmp(line, "CONFIG_", 7) != 0)
			continue;
		while (is_name(name[len]))
			len++;
		key = mem_text("%.*s", (int)len, name);
		add(d, key, line, bad);
		free(key);
	}
	free(line);
	fclose(file);
	return true;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct bisect_diff_row *)a)->key,
		      ((const struct bisect_diff_row *)b)->key);
}

bool bisect_diff_configs(struct bisect_diff *d, const char *good, const char *bad,
			 const char **path)
{
	*d = (struct bisect_diff){ .n = 0 };
	*path = good;
	if (!add_config(d, good, false))
		return false;
	*path = bad;
	if (!add_config(d, bad, true))
		return false;
	qsort(d->rows, d->n, sizeof(*d->rows), by_key);
	return true;
}

static void add_words(struct bisect_diff *d, const char *text, bool bad)
{
	char *copy = mem_copy(text), *save, *key;

	for (char *word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		key = mem_text("%.*s", (int)strcspn(word, "="), word);
		add(d, key, word, bad);
		free(key);
	}
	free(copy);
}

void bisect_diff_words(struct bisect_diff *d, const char *good, const char *bad)
{
	*d = (struct bisect_diff){ .n = 0 };
	add_words(d, good, false);
	add_words(d, bad, true);
}

static bool differs(const struct bisect_diff_row *row)
{
	return !row->good || !row->bad || strcmp(row->good, row->bad) != 0;
}

size_t bisect_diff_count(const struct bisect_diff *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += differs(&d->rows[i]);
	return n;
}

char *bisect_diff_name(const struct bisect_diff *d, size_t n)
{
	size_t i = 0;

	if (!n)
		return mem_copy("the good ones");
	for (; n && i < d->n; i++)
		n -= differs(&d->rows[i]);
	return d->rows[i - 1].bad ? mem_copy(d->rows[i - 1].bad)
				  : mem_text("no %s", d->rows[i - 1].good);
}

char *bisect_diff_text(const struct bisect_diff *d, size_t n, char separator)
{
	char *text = NULL;
	size_t size, done = 0;
	FILE *out = open_memstream(&text, &size);

	if (d->whole)
		fprintf(out, "%s\n", generated);
	for (size_t i = 0; i < d->n; i++) {
		bool changed = differs(&d->rows[i]) && done++ < n;
		const char *value = changed ? d->rows[i].bad : d->rows[i].good;

		if (value)
			fprintf(out, "%s%c", value, separator);
	}
	fclose(out);
	return text;
}

void bisect_diff_free(struct bisect_diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->rows[i].key);
		free(d->rows[i].good);
		free(d->rows[i].bad);
	}
	free(d->rows);
}
