// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"
#include "opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX (64u << 10)

const char *load_text(const char *path)
{
	static char text[TEXT_MAX + 1];
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t len;

	if (!file)
		opt_usage("%s: %s", path, strerror(errno));
	len = fread(text, 1, TEXT_MAX + 1, file);
	if (ferror(file) || len > TEXT_MAX)
		opt_usage("%s: %s", path,
			  len > TEXT_MAX ? "too long for a scene" : strerror(errno));
	text[len] = '\0';
	if (strlen(text) < len)
		opt_usage("%s: not a text", path);
	if (file != stdin)
		fclose(file);
	return text;
}

const char *scene_load(const char *path, struct scene *scene)
{
	const char *text = load_text(path);
	char why[256];

	if (!scene_parse(text, scene, why, sizeof(why)))
		opt_usage("%s: %s", path, why);
	return text;
}
