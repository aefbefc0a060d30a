// SPDX-License-Identifier: GPL-2.0-or-later
#include "known.h"

#include "js.h"
#include "mem.h"
#include "opt.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct known {
	struct {
		char *glob, *reason;
	} * entries;
	size_t n;
};

static void trim_end(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

static void add(struct known *k, const char *path, size_t number, char *line)
{
	size_t glob;

	trim_end(line);
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	js_clean(line);
	glob = strcspn(line, " \t");
	if (!line[glob])
		opt_usage("%s:%zu: expected 'GLOB REASON', found only '%.60s'", path, number, line);
	k->entries = mem_grow(k->entries, k->n + 1, sizeof(*k->entries));
	k->entries[k->n].glob = mem_text("%.*s", (int)glob, line);
	line += glob;
	k->entries[k->n++].reason = mem_copy(line + strspn(line, " \t"));
}

struct known *known_load(const char *path)
{
	FILE *file = fopen(path, "re");
	struct known *k;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		opt_usage("--known: %s: %s", path, strerror(errno));
	k = mem_zero(1, sizeof(*k));
	for (size_t number = 1; getline(&line, &size, file) > 0; number++)
		add(k, path, number, line);
	if (ferror(file))
		opt_usage("--known: %s: %s", path, strerror(errno));
	free(line);
	fclose(file);
	return k;
}

void known_free(struct known *k)
{
	for (size_t i = 0; k && i < k->n; i++) {
		free(k->entries[i].glob);
		free(k->entries[i].reason);
	}
	if (k)
		free(k->entries);
	free(k);
}

const char *known_reason(const struct known *k, const char *id)
{
	for (size_t i = 0; k && i < k->n; i++)
		if (!fnmatch(k->entries[i].glob, id, 0))
			return k->entries[i].reason;
	return NULL;
}
