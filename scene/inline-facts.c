// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is the same for all of one scene: its one kind of memory, one pin, one
 * way to store; that every line is about all pages; that nobody forks. Rows of
 * the suite's tables are read as text, where they stand.
 */
#include "inline.h"
#include "op-hold.h"
#include "op-write.h"
#include "track.h"

#include <ctype.h>
#include <string.h>

/* The table NAME of the file at PATH, and its file. */
static struct chunk *table(const char *path, const char *name)
{
	for (unsigned int i = 0; i < inline_file_count; i++)
		for (struct chunk *c = inline_files[i].chunk; c; c = c->next)
			if (!strcmp(inline_files[i].path, path) &&
			    chunk_names(c, name, strlen(name)))
				return c;
	return NULL;
}

/* The text in braces behind or around KEY: "[KIND] = {...}", "{ .name = "x", ... }". */
static char *row_of(const struct chunk *chunk, const char *key)
{
	const char *at = chunk ? strstr(chunk->text, key) : NULL;

	if (!at)
		return NULL;
	if (*key == '[')
		at = strchr(at, '{');
	while (*at != '{')
		at--;
	return text_part(at, text_close(at));
}

/* To the comma or brace behind a value. */
static const char *value_end(const char *at)
{
	struct token token = token_at(at);

	for (; !token_is(token, ",") && !token_is(token, "}"); token = token_next(token))
		if (token.kind == TOKEN_SIGN && strchr("([{", *token.at))
			token.len = text_close(token.at) - token.at;
	at = token.at;
	while (isspace((unsigned char)at[-1]))
		at--;
	return at;
}

/* Words of a row that are macros of its file stand for members. */
static const char *with_macros(const struct chunk *chunk, const char *row)
{
	const char *all = row;
	struct token value;
	struct chunk *macro;

	for (struct token t = token_at(row); t.kind != TOKEN_END; t = token_next(t)) {
		macro = t.kind == TOKEN_WORD && isupper((unsigned char)*t.at)
				? chunk_find(chunk->file, t.at, t.len)
				: NULL;
		if (!macro || macro->kind != CHUNK_MACRO)
			continue;
		value = token_next(token_at(strstr(macro->text, "#define ") + 8));
		if (token_is(value, "."))
			all = text_make("{ %.*s, %s", (int)strcspn(value.at, "\n"), value.at,
					all + 1);
	}
	return all;
}

/* The value of ".MEMBER = value", or OTHERWISE. */
static const char *member(const char *row, const char *name, const char *otherwise)
{
	const char *what = text_make(".%s = ", name), *at = strstr(row, what);

	return at ? text_part(at + strlen(what), value_end(at + strlen(what))) : otherwise;
}

/* The value in place N of "{ a, b, c }", or OTHERWISE. */
static const char *in_place(const char *row, unsigned int n, const char *otherwise)
{
	const char *at = row + 1, *end = value_end(at);

	for (; n; n--, end = value_end(at)) {
		at = end + strspn(end, " \t\n");
		if (*at != ',')
			return otherwise;
		at++;
	}
	at += strspn(at, " \t\n");
	return text_part(at, end);
}

static bool is_word(const char *text)
{
	return token_at(text).kind == TOKEN_WORD && strlen(text) == token_at(text).len;
}

/* Whatever is asked by EXPRESSION is a member of this scene's row. */
static void add(const char *expression, const char *name, const char *value)
{
	bool set = is_word(value) && strcmp(value, "NULL") && strcmp(value, "0") &&
		   strcmp(value, "true") && strcmp(value, "false");

	known_add(text_make("%s%s", expression, name), value, set);
}

/* --- the kind of memory --- */

static void facts_of_kind(enum map_kind kind)
{
	static const char *const members[] = { "name",	"needs",  "unit", "before",
					       "flags", "advice", "after" };
	const char *constant = chunk_constant("enum map_kind", kind), *value,
		   *key = text_make("[%s] = ", constant),
		   *shared = scene_shared(kind) ? "true" : "false",
		   *row = row_of(table("lib/map.c", "kinds"), key);
	const char *verifier = strstr(table("lib/map-verify.c", "map_verifiers")->text, key);

	for (unsigned int i = 0; i < sizeof(members) / sizeof(*members); i++) {
		value = in_place(row, i, i < 4 || i == 6 ? "NULL" : "0");
		add("kinds[map->kind].", members[i], value);
		add("kinds[kind].", members[i], value);
	}
	verifier += strlen(key);
	known_add("map_verifiers[map->kind]", text_part(verifier, value_end(verifier)), true);
	known_add("scene_shared(map->kind)", shared, false);
	known_add("scene_shared(a->map.kind)", shared, false);
	known_add(".kind = kind,", "", false);
	known_add("map->kind", constant, false);
	known_add("a->map.kind", constant, false);
}

/* --- the pin --- */

static const char *pin_row(const struct scene_pin *pin)
{
	static const char *const tables[][2] = { { "scene/op-hold-pin.c", "scene_pins_pin" },
						 { "scene/op-hold-io.c", "scene_pins_io" } };
	const char *key = text_make(".name = \"%s\"", pin->name), *row;
	struct chunk *chunk;

	for (unsigned int i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		chunk = table(tables[i][0], tables[i][1]);
		row = row_of(chunk, key);
		if (row)
			return with_macros(chunk, row);
	}
	return NULL;
}

static const char *const pin_members[] = { "hold", "device", "take", "release", "io" },
			 *const pin_flags[] = { "reference", "at_release", "writes", "registers" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void facts_of_pin(const struct scene_pin *pin)
{
	const char *row = pin_row(pin);

	known_add("a->pin->needs & NEED_AIO", pin->needs & NEED_AIO ? "true" : "false", false);
	known_add("a->pin->needs & NEED_IO_URING", pin->needs & NEED_IO_URING ? "true" : "false",
		  false);
	for (unsigned int i = 0; i < COUNT(pin_members); i++)
		add("a->pin->", pin_members[i], member(row, pin_members[i], "NULL"));
	for (unsigned int i = 0; i < COUNT(pin_flags); i++)
		add("a->pin->", pin_flags[i], member(row, pin_flags[i], "false"));
	known_add("a->pin = scene_pin(s->how);", "", false);
	known_add("!a->pin", "!a->len", false);
}

/* Several: a table of them, in place of the suite's. */
static void table_of_pins(const struct inline_ways *used)
{
	const char *text = "", *row, *value;

	for (unsigned int i = 0; i < used->count; i++) {
		row = pin_row(scene_pin(used->how[i]));
		text = text_make("%s		{ .needs = %s", text, member(row, "needs", "0"));
		for (unsigned int j = 0; j < COUNT(pin_members); j++) {
			value = member(row, pin_members[j], NULL);
			if (value)
				text = text_make("%s,\n		  .%s = %s", text, pin_members[j],
						 value);
		}
		for (unsigned int j = 0; j < COUNT(pin_flags); j++)
			if (strcmp(member(row, pin_flags[j], "false"), "false"))
				text = text_make("%s,\n		  .%s = true", text, pin_flags[j]);
		text = text_make("%s },\n", text);
	}
	chunk_add("scene/standalone/pins.c",
		  text_make("const struct scene_pin *scene_pin(unsigned int how)\n{\n"
			    "	static const struct scene_pin pins[] = {\n%s	};\n\n"
			    "	return &pins[how];\n}\n",
			    text))
		->scene = true;
}

/* --- ways to store and load --- */

static const char *way_function(enum scene_argument argument, unsigned int how)
{
	bool store = argument == ARG_STORE;
	struct chunk *chunk =
		table("scene/op-write-ways.c", store ? "scene_stores" : "scene_loads");

	return member(row_of(chunk, text_make("\"%s\"", scene_way(argument, how)->name)),
		      store ? "store" : "load", "NULL");
}

static void facts_of_way(enum scene_argument argument, unsigned int how)
{
	bool store = argument == ARG_STORE;
	const char *call = text_make("scene_way(%s, s->how)->", store ? "ARG_STORE" : "ARG_LOAD");

	add(call, store ? "store" : "load", way_function(argument, how));
	known_add(text_make("%sname", call), text_make("\"%s\"", scene_way(argument, how)->name),
		  false);
}

static void table_of_ways(const struct inline_ways *stores, const struct inline_ways *loads)
{
	const char *text = "";

	for (unsigned int i = 0; i < stores->count || i < loads->count; i++) {
		text = text_make("%s		{ \"\"", text);
		if (i < stores->count)
			text = text_make("%s, .store = %s", text,
					 way_function(ARG_STORE, stores->how[i]));
		if (i < loads->count)
			text = text_make("%s, .load = %s", text,
					 way_function(ARG_LOAD, loads->how[i]));
		text = text_make("%s },\n", text);
	}
	chunk_add("scene/standalone/ways.c",
		  text_make("const struct scene_way *scene_way(enum scene_argument argument, "
			    "unsigned int how)\n{\n\tstatic const struct scene_way ways[] = {\n%s"
			    "\t};\n\n\treturn &ways[how];\n}\n",
			    text))
		->scene = true;
}

unsigned int inline_way(struct inline_ways *used, unsigned int how)
{
	for (unsigned int i = 0; i < used->count; i++)
		if (used->how[i] == how)
			return i;
	used->how[used->count] = how;
	return used->count++;
}

static void find_used(const struct scene *scene, struct inline_ways *used)
{
	const struct scene_step *s = scene->step;

	for (; s < scene->step + scene->steps; s++)
		if (s->op->argument[0] == ARG_HOLD || s->op->argument[0] == ARG_STORE ||
		    s->op->argument[0] == ARG_LOAD)
			inline_way(&used[s->op->argument[0]], s->how);
}

/* One way of tracking, as in lib/track.c. */
static void facts_of_tracker(const struct scene *scene)
{
	enum map_kind kind = scene->step[0].kind;
	bool file = kind == MAP_KIND_MEMFD_PRIVATE || (scene_shared(kind) && kind != MAP_KIND_FILE),
	     thread;
	const char *how;

	for (unsigned int i = 0; i < scene->steps; i++) {
		if (scene->step[i].op->argument[0] != ARG_TRACK)
			continue;
		how = chunk_constant("enum track_kind", scene->step[i].how);
		thread =
			scene->step[i].how == TRACK_UFFD || scene->step[i].how == TRACK_UFFD_EVENTS;
		for (unsigned int other = 0; other < TRACK_KINDS; other++)
			known_add(text_make("kind == %s", chunk_constant("enum track_kind", other)),
				  other == scene->step[i].how ? "true" : "false", false);
		known_add("track->kind", how, false);
		known_add("has_thread(track)", thread ? "true" : "false", false);
		known_add("is_shmem(map)", file ? "true" : "false", false);
		known_add("map == MAP_KIND_HUGETLB", kind == MAP_KIND_HUGETLB ? "true" : "false",
			  false);
		return;
	}
}

/* Where, and who, when it is always the same. */
static void facts_of_steps(const struct scene *scene)
{
	bool parts = false;

	for (unsigned int i = 0; i < scene->steps; i++)
		parts |= scene->step[i].sectors > 0;
	if (!parts) {
		known_add("scene_from(s)", "0", false);
		known_add("scene_len(s, map)", "map->len", false);
		known_add("s->sectors", "0", false);
	}
	if (!*scene->name[1]) {
		known_add("s->process", "0", false);
		known_add("s->child", "0", false);
	}
	known_add("scene_control_next(a, map)", "map == &a->map", false);
	known_add("pagemap_flags_visible()", "true", false); /* run as root */
	known_add("pagemap_pfns_visible()", "true", false);
}

void inline_facts(const struct scene *scene, struct inline_ways *used)
{
	find_used(scene, used);
	facts_of_kind(scene->step[0].kind);
	facts_of_steps(scene);
	facts_of_tracker(scene);
	if (used[ARG_HOLD].count == 1)
		facts_of_pin(scene_pin(used[ARG_HOLD].how[0]));
	else if (used[ARG_HOLD].count)
		table_of_pins(&used[ARG_HOLD]);
	if (!used[ARG_HOLD].count) {
		known_add("!a->pin", "true", false);
		if (scene->step[0].kind != MAP_KIND_HUGETLB)
			known_add("(a->refused)", "(false)", false);
	}
	if (used[ARG_STORE].count > 1 || used[ARG_LOAD].count > 1) {
		table_of_ways(&used[ARG_STORE], &used[ARG_LOAD]);
		return;
	}
	for (enum scene_argument way = ARG_STORE; way <= ARG_LOAD; way++)
		if (used[way].count)
			facts_of_way(way, used[way].how[0]);
}
