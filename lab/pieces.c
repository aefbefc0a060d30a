// SPDX-License-Identifier: GPL-2.0-or-later
#include "pieces.h"

#include "capped.h"
#include "file.h"
#include "js.h"
#include "mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* The length of the plain name that PATH begins with; 0: none. */
static size_t name_at(const char *path)
{
	return *path == '.' ? 0 : strspn(path, NAME);
}

static void append(const char *path, const char *text, size_t len)
{
	struct capped log;

	if (!capped_open(&log, path))
		return;
	capped_write(&log, text, len);
	capped_close(&log);
}

void pieces_take(const char *dir, const json_t *event)
{
	const json_t *text = json_object_get(event, "text");
	const char *path = js_string(event, "path");
	size_t first = path ? name_at(path) : 0, len = json_string_length(text);
	bool below = first && path[first] == '/';
	size_t second = below ? name_at(path + first + 1) : 0;
	char *file;

	if (!len || !first || (below ? !second || path[first + 1 + second] : path[first]))
		return;
	file = mem_text("%s/%.*s", dir, (int)first, path);
	if (!below) {
		/* Of the run, and sent whole: a later boot's replaces it. */
		file_replace(file, json_string_value(text), len);
	} else {
		mkdir(file, 0755);
		free(file);
		file = mem_text("%s/%s", dir, path);
		append(file, json_string_value(text), len);
	}
	free(file);
}
