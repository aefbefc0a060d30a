// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"
#include "fail.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(char *why, size_t size, const char *what, const char *which)
{
	snprintf(why, size, "%s%.40s", what, which ? which : "");
	return false;
}

static bool read_roles(const json_t *roles, struct mix *mix, char *why, size_t size)
{
	unsigned int i;
	const char *name;
	json_t *count;

	json_object_foreach((json_t *)roles, name, count)
	{
		for (i = 0; storm_roles[i] && strcmp(storm_roles[i]->name, name); i++)
			;
		if (!storm_roles[i])
			return refuse(why, size, "there is no role ", name);
		if (json_integer_value(count) < 0 || json_integer_value(count) > MIX_THREADS)
			return refuse(why, size, "a bad number of role ", name);
		mix->count[i] = json_integer_value(count);
	}
	return true;
}

static bool read_arenas(const json_t *arenas, struct mix *mix, char *why, size_t size)
{
	enum map_kind kind;

	if (!json_array_size(arenas) || json_array_size(arenas) > STORM_ARENAS)
		return refuse(why, size, "\"arenas\" is no list of 1 to 8", NULL);
	for (; mix->arenas < json_array_size(arenas); mix->arenas++) {
		const char *text = json_string_value(json_array_get(arenas, mix->arenas));
		char name[32] = "";
		unsigned long pages = 0;

		if (!text || sscanf(text, "%31[^:]:%lu", name, &pages) != 2)
			return refuse(why, size, "no arena: ", text);
		for (kind = 0; kind < MAP_KINDS && strcmp(map_kind_name(kind), name); kind++)
			;
		if (kind == MAP_KINDS || pages < 1 || pages > STAMP_PAGES)
			return refuse(why, size, "no memory, or no pages of it: ", name);
		mix->arena[mix->arenas].kind = kind;
		mix->arena[mix->arenas].pages = pages;
	}
	return true;
}

bool replay_read(const char *text, struct replay *r, char *why, size_t size)
{
	const char *storm, *cell, *backend = NULL;
	json_t *roles, *arenas, *root;
	json_int_t seed, ms;
	json_error_t error;
	int sparse = 0;
	bool ok;

	*r = (struct replay){ 0 };
	while (*text == '#') /* what --scene puts above it */
		text += strcspn(text, "\n") + 1;
	root = json_loads(text, 0, &error);
	if (!root)
		return refuse(why, size, "no JSON: ", error.text);
	ok = !json_unpack_ex(root, &error, 0, "{s:s, s:s, s:I, s:I, s:b, s?s, s:o, s:o}", "storm",
			     &storm, "cell", &cell, "seed", &seed, "ms", &ms, "sparse", &sparse,
			     "backend", &backend, "arenas", &arenas, "roles", &roles);
	if (!ok || ms < 1 || ms > 86400000) {
		refuse(why, size, "no mix of a storm: ", ok ? "\"ms\"" : error.text);
		json_decref(root);
		return false;
	}
	snprintf(r->storm, sizeof(r->storm), "%s", storm);
	snprintf(r->cell, sizeof(r->cell), "%s", cell);
	snprintf(r->backend, sizeof(r->backend), "%s", backend ? backend : "");
	r->seed = seed;
	r->mix.ms = ms;
	r->mix.sparse = sparse;
	ok = read_arenas(arenas, &r->mix, why, size) && read_roles(roles, &r->mix, why, size);
	json_decref(root);
	return ok;
}

char *replay_text(const struct replay *r)
{
	json_t *roles = json_object(), *arenas = json_array();
	json_t *root;
	char *text, *compact;

	for (unsigned int i = 0; storm_roles[i]; i++)
		if (r->mix.count[i])
			json_object_set_new(roles, storm_roles[i]->name,
					    json_integer(r->mix.count[i]));
	for (unsigned int i = 0; i < r->mix.arenas; i++)
		json_array_append_new(arenas,
				      json_sprintf("%s:%zu", map_kind_name(r->mix.arena[i].kind),
						   r->mix.arena[i].pages));
	root = json_pack("{s:s, s:s, s:I, s:I, s:b, s:s*, s:o, s:o}", "storm", r->storm, "cell",
			 r->cell, "seed", (json_int_t)r->seed, "ms", (json_int_t)r->mix.ms,
			 "sparse", r->mix.sparse, "backend", *r->backend ? r->backend : NULL,
			 "arenas", arenas, "roles", roles);
	compact = root ? json_dumps(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
	if (!compact || asprintf(&text, "%s\n", compact) < 0)
		fail("a mix as JSON");
	free(compact);
	json_decref(root);
	return text;
}
