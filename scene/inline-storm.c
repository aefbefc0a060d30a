// SPDX-License-Identifier: GPL-2.0-or-later
/* The mix of a storm (replay.json) as main(): the roles by name, and how many of each. */
#include "inline.h"
#include "map.h"

#include <jansson.h>
#include <string.h>

/* --scene puts the cell's name above its mix. */
static const char *below_comments(const char *text)
{
	while (*text == '#')
		text += strcspn(text, "\n") + 1;
	return text;
}

bool inline_is_mix(const char *text)
{
	return *below_comments(text) == '{';
}

/* "dio-reader" is role_dio_reader. */
static char *variable(const char *name)
{
	char *text = text_make("role_%s", name);

	for (char *c = text; *c; c++)
		if (*c == '-')
			*c = '_';
	return text;
}

/* The needs that stand in the role's own text. */
static const char *needs_of(const char *role, const char *needs)
{
	struct chunk *chunk = chunk_find(&inline_files[0], role, strlen(role));
	struct token token = token_at(chunk ? chunk->text : "");

	for (; token.kind != TOKEN_END; token = token_next(token))
		if (token.len > 5 && !strncmp(token.at, "NEED_", 5))
			needs = text_make("%s | %.*s", needs, (int)token.len, token.at);
	return needs;
}

/* "anon4k:16" as { MAP_KIND_ANON, 16 }. */
static const char *arenas(const json_t *list)
{
	const char *text = "", *kind;
	unsigned long pages;
	char name[32];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *said = json_string_value(json_array_get(list, i));

		kind = NULL;
		if (!said || sscanf(said, "%31[^:]:%lu", name, &pages) != 2)
			return NULL;
		for (unsigned int k = 0; k < MAP_KINDS; k++)
			if (!strcmp(map_kind_name(k), name))
				kind = chunk_constant("enum map_kind", k);
		if (!kind)
			return NULL;
		text = text_make("%s%s{ %s, %lu }", text, i ? ", " : "", kind, pages);
	}
	return text;
}

static const char *main_of(json_t *root)
{
	json_t *roles = json_object_get(root, "roles"), *list = json_object_get(root, "arenas"),
	       *count;
	const char *table = "", *counts = "", *needs = "0", *places = arenas(list), *name;

	if (!places)
		return NULL;
	json_object_foreach(roles, name, count)
	{
		const char *role = variable(name);

		if (!chunk_find(&inline_files[0], role, strlen(role)))
			return NULL;
		table = text_make("%s&%s, ", table, role);
		counts = text_make("%s%s%lld", counts, *counts ? ", " : "",
				   (long long)json_integer_value(count));
		needs = needs_of(role, needs);
	}
	return text_make("#include \"mix.h\"\n"
			 "#include \"roles.h\"\n\n"
			 "const struct role *const storm_roles[] = { %sNULL };\n\n"
			 "static const struct mix mix = {\n"
			 "	.count = { %s },\n"
			 "	.arena = { %s },\n"
			 "	.arenas = %zu,\n"
			 "	.ms = %lld,\n"
			 "	.sparse = %s,\n"
			 "};\n\n"
			 "static enum verdict run(struct case_ctx *c)\n"
			 "{\n"
			 "	return storm_play(c, &mix);\n"
			 "}\n\n"
			 "int main(int argc, char **argv)\n"
			 "{\n"
			 "	static const struct case_info info = {\n"
			 "		.name = \"%s\",\n"
			 "		.summary = \"a mix of %s\",\n"
			 "		.needs = %s,\n"
			 "		.rounds = 10,\n"
			 "		.unordered = true,\n"
			 "		.counters = { STORM_COUNTERS },\n"
			 "	};\n\n"
			 "	return case_main(argc, argv, &info, run);\n"
			 "}\n",
			 table, counts, places, json_array_size(list),
			 (long long)json_integer_value(json_object_get(root, "ms")),
			 json_is_true(json_object_get(root, "sparse")) ? "true" : "false",
			 json_string_value(json_object_get(root, "cell")),
			 json_string_value(json_object_get(root, "storm")), needs);
}

const char *inline_storm(const char *text, const char **title, char *why, size_t size)
{
	json_error_t error;
	json_t *root;
	const char *storm, *main_text;

	root = json_loads(below_comments(text), 0, &error);
	storm = json_string_value(json_object_get(root, "storm"));
	if (!root || !storm || json_object_get(root, "backend")) {
		snprintf(why, size, "%s",
			 !root	  ? error.text
			 : !storm ? "this JSON is no mix of a storm"
				  : "a storm on swap of its own has no standalone form");
		json_decref(root);
		return NULL;
	}
	*title = text_make("%s: a mix of %zu roles that race over the same memory", storm,
			   json_object_size(json_object_get(root, "roles")));
	main_text = main_of(root);
	json_decref(root);
	if (!main_text)
		snprintf(why, size, "the mix names a role or memory that is not there");
	return main_text;
}
