// SPDX-License-Identifier: GPL-2.0-or-later
#include "cells.h"

#include "fail.h"
#include "scene.h"
#include "spread.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 512
#define NAME 128

/* A pattern: the values that it means, a bit each, and the last axis it asks about. */
struct mask {
	uint64_t bits[CELLS_AXES];
	unsigned int last;
	bool used; /* of what is known, or core: a cell has it */
};

static struct {
	const struct cells *cells;
	unsigned int axes, size[CELLS_AXES];
	unsigned int at[CELLS_AXES]; /* the cell that is being made */
	struct mask *cannot, *known, *core;
	struct case_cannot *counted; /* cells->cannot, with numbers */
	struct case_cell *cell;
	unsigned int count, room;
} all;

static struct scene scene;

const struct cells_value cells_states[] = {
	{ "dirty", "" },
	{ "swapped", "pageout\n" },
	{ "swapcache", "pageout\nread\n" },
	{ "lazyfree", "free\n" },
	{ "was-shared", "fork s\ns: exit\n" },
	{ 0 },
};

const struct cells_value *cells_kinds(void)
{
	static struct cells_value kinds[MAP_KINDS + 1];

	for (enum map_kind kind = 0; kind < MAP_KINDS; kind++)
		kinds[kind].name = map_kind_name(kind);
	return kinds;
}

static void *grown(void *at, size_t n, size_t size)
{
	at = reallocarray(at, n, size);
	if (!at)
		fail("memory for %zu cells", n);
	return at;
}

/* --- patterns --- */

/* One field: the values of AXIS that it means. */
static uint64_t field_bits(const char *field, unsigned int axis)
{
	const struct cells_value *value = all.cells->axis[axis];
	char *copy = strdup(field), *rest, *glob;
	bool negated = *copy == '!';
	uint64_t bits = 0;

	for (glob = strtok_r(copy + negated, "|", &rest); glob; glob = strtok_r(NULL, "|", &rest))
		for (unsigned int i = 0; i < all.size[axis]; i++)
			if (!fnmatch(glob, value[i].name, 0))
				bits |= 1ull << i;
	free(copy);
	return negated ? ~bits : bits;
}

static struct mask read_pattern(const char *pattern)
{
	struct mask mask = { .last = 0 };
	char *copy = strdup(pattern), *rest = copy, *field;

	for (unsigned int axis = 0; axis < all.axes; axis++) {
		field = strsep(&rest, ".");
		mask.bits[axis] = field ? field_bits(field, axis) : ~0ull;
		if (field && strcmp(field, "*"))
			mask.last = axis;
		if (!mask.bits[axis])
			fail("pattern '%s': '%s' means nothing", pattern, field);
	}
	if (rest)
		fail("pattern '%s' has too many fields", pattern);
	free(copy);
	return mask;
}

static bool fits(const struct mask *mask)
{
	for (unsigned int axis = 0; axis <= mask->last; axis++)
		if (!(mask->bits[axis] >> all.at[axis] & 1))
			return false;
	return true;
}

static void read_patterns(void)
{
	const struct cells *cells = all.cells;
	unsigned int n;

	for (n = 0; cells->cannot[n].pattern; n++)
		;
	all.cannot = grown(NULL, n + 1, sizeof(*all.cannot));
	all.counted = grown(NULL, n + 1, sizeof(*all.counted));
	for (unsigned int i = 0; i < n; i++)
		all.cannot[i] = read_pattern(cells->cannot[i].pattern);
	memcpy(all.counted, cells->cannot, (n + 1) * sizeof(*all.counted));
	for (n = 0; cells->core && cells->core[n]; n++)
		;
	all.core = grown(NULL, n + 1, sizeof(*all.core));
	for (unsigned int i = 0; i < n; i++)
		all.core[i] = read_pattern(cells->core[i]);
	for (n = 0; cells->known[n].pattern; n++)
		;
	all.known = grown(NULL, n + 1, sizeof(*all.known));
	for (unsigned int i = 0; i < n; i++)
		all.known[i] = read_pattern(cells->known[i].pattern);
}

/* --- cells --- */

/* A cell by its number: the values of the axes, the last axis fastest. */
static void values_of(unsigned int number, const struct cells_value **value)
{
	for (unsigned int axis = all.axes; axis--; number /= all.size[axis])
		value[axis] = &all.cells->axis[axis][number % all.size[axis]];
}

/* Its text, until the next one. */
static const char *read_scene(unsigned int number, const char *name)
{
	const struct cells_value *value[CELLS_AXES];
	static char text[TEXT];
	char why[200];
	FILE *out;

	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text) - 1, "w");

	values_of(number, value);
	if (!out)
		fail("the scene of %s", name);
	all.cells->scene(out, value);
	if (fclose(out) || strlen(text) > sizeof(text) - 2)
		fail("the scene of %s is too long", name);
	if (!scene_parse(text, &scene, why, sizeof(why)))
		fail("the scene of %s: %s", name, why);
	return text;
}

static char *name_of(const struct cells_value *const *value)
{
	char name[NAME] = "";
	size_t n = 0;

	for (unsigned int axis = 0; axis < all.axes; axis++)
		if (!value[axis]->unnamed && n < sizeof(name))
			n += snprintf(name + n, sizeof(name) - n, "%s%s", axis ? "." : "",
				      value[axis]->name);
	return strdup(name);
}

static void make_cell(void)
{
	const struct cells_value *value[CELLS_AXES];
	const struct cells_known *known = all.cells->known;
	struct case_cell *cell = all.cell + all.count++;
	unsigned int number = 0, i = 0;

	for (unsigned int axis = 0; axis < all.axes; axis++)
		number = number * all.size[axis] + all.at[axis];
	values_of(number, value);
	while (known[i].pattern && !fits(&all.known[i]))
		i++;
	all.known[i].used = true;
	*cell = (struct case_cell){ .name = name_of(value),
				    .summary = value[all.cells->about]->name,
				    .open = known[i].open,
				    .hazard = known[i].hazard,
				    .hazard_before = known[i].hazard_before,
				    .arg = number };
	cell->scene = strdup(read_scene(number, cell->name));
	if (!cell->scene)
		fail("memory");
	cell->needs = scene.needs;
}

/* The rule against what is chosen so far, up to AXIS. */
static struct case_cannot *forbidden(unsigned int axis)
{
	for (unsigned int i = 0; all.counted[i].pattern; i++)
		if (all.cannot[i].last == axis && fits(&all.cannot[i]))
			return &all.counted[i];
	return NULL;
}

static void make_cells(unsigned int axis)
{
	struct case_cannot *rule;
	unsigned int behind = 1;

	if (all.count + 1 >= all.room) {
		all.room = 2 * all.room + 64;
		all.cell = grown(all.cell, all.room, sizeof(*all.cell));
	}
	if (axis == all.axes) {
		make_cell();
		return;
	}
	for (unsigned int i = axis + 1; i < all.axes; i++)
		behind *= all.size[i];
	for (all.at[axis] = 0; all.at[axis] < all.size[axis]; all.at[axis]++) {
		rule = forbidden(axis);
		if (rule)
			rule->cells += behind;
		else
			make_cells(axis + 1);
	}
}

/* Tables do not rot: each rule leaves something out, each known failure is some cell's. */
static void check_tables(void)
{
	for (unsigned int i = 0; all.counted[i].pattern; i++)
		if (!all.counted[i].cells)
			fail("rule '%s' leaves nothing out", all.counted[i].pattern);
	for (unsigned int i = 0; all.cells->known[i].pattern; i++)
		if (!all.known[i].used)
			fail("'%s' is known of no cell", all.cells->known[i].pattern);
	for (unsigned int i = 0; all.cells->core && all.cells->core[i]; i++)
		if (!all.core[i].used)
			fail("'%s' is the core of nothing", all.cells->core[i]);
}

/* Is it one of those that a short run should not miss? */
static bool is_core(const struct case_cell *cell)
{
	unsigned int number = cell->arg;

	for (unsigned int axis = all.axes; axis--; number /= all.size[axis])
		all.at[axis] = number % all.size[axis];
	for (unsigned int i = 0; all.cells->core && all.cells->core[i]; i++)
		if (fits(&all.core[i])) {
			all.core[i].used = true;
			return true;
		}
	return false;
}

void cells_make(struct case_info *info, const struct cells *cells)
{
	all.cells = cells;
	for (; cells->axis[all.axes]; all.axes++)
		while (cells->axis[all.axes][all.size[all.axes]].name)
			all.size[all.axes]++;
	read_patterns();
	make_cells(0);
	spread_cells(all.cell, all.count, is_core);
	check_tables();
	all.cell[all.count] = (struct case_cell){ 0 };
	info->cells = all.cell;
	info->cannot = all.counted;
}

enum verdict cells_run(struct case_ctx *c)
{
	enum verdict verdict = PASS;

	read_scene(c->cell->arg, c->cell->name);
	while (verdict == PASS && case_round(c))
		verdict = scene_play(c, &scene);
	return verdict;
}
