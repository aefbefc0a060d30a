// SPDX-License-Identifier: GPL-2.0-or-later
#include "only.h"

#include "opt.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_ids(const char *path)
{
	FILE *file = fopen(path, "re");
	json_t *ids = json_object();
	char *line = NULL;
	size_t size = 0;

	if (!file)
		opt_usage("$LOSTWRITE_ONLY: %s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		json_object_set_new(ids, line, json_true());
	}
	free(line);
	fclose(file);
	return ids;
}

void only_apply(struct suite *s)
{
	const char *path = getenv("LOSTWRITE_ONLY");
	json_t *ids = path && *path ? read_ids(path) : NULL;
	struct suite_cell *cell;

	for (size_t i = 0; ids && i < s->n; i++)
		for (size_t j = 0; j < s->programs[i].n_cells; j++) {
			cell = &s->programs[i].cells[j];
			cell->selected = cell->selected && json_object_get(ids, cell->id);
		}
	json_decref(ids);
}
