// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernels.h"

#include "opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The option of a line, or NULL: that is no kernel. */
static const char *parse(char *line, char **value, char **modules)
{
	static const char *const kinds[] = { "--deb", "--kernel", "--build" };
	char *save, *kind = strtok_r(line, " \t\r\n", &save);

	*value = kind && *kind != '#' ? strtok_r(NULL, " \t\r\n", &save) : NULL;
	*modules = *value ? strtok_r(NULL, " \t\r\n", &save) : NULL;
	for (size_t i = 0; *value && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kind, kinds[i] + 2) && (!*modules || i == 1))
			return kinds[i];
	return kind && *kind != '#' ? NULL : "";
}

void kernels_read(const char *option, const char *path,
		  void (*add)(void *arg, const char *option, const char *value,
			      const char *modules),
		  void *arg)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, *value, *modules;
	const char *kind;
	size_t size = 0;

	if (!file)
		opt_usage("%s: %s: %s", option, path, strerror(errno));
	for (size_t number = 1; getline(&line, &size, file) > 0; number++) {
		kind = parse(line, &value, &modules);
		if (!kind)
			opt_usage("%s:%zu: not 'deb WHICH', 'build TREE' or 'kernel IMAGE "
				  "[MODULES]'",
				  path, number);
		if (*kind)
			add(arg, kind, value, modules);
	}
	free(line);
	fclose(file);
}
