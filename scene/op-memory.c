// SPDX-License-Identifier: GPL-2.0-or-later
/* Making memory, storing to it, loading from it, judging it. */
#include "op.h"
#include "pagemap.h"
#include "story.h"

static void model_of_map(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct model_value first = { s->kind == MAP_KIND_ZERO ? 0 : 1, STAMP_CPU };

	model_map(m, a->map.len / STAMP_PAGE, scene_shared(s->kind), first);
	if (s->kind == MAP_KIND_MEMFD_PRIVATE)
		model_back(m, (struct model_value){ 0 });
	if (s->kind == MAP_KIND_FILE_PRIVATE)
		model_back(m, first);
}

static enum stamp_writer writer(const struct scene_step *s)
{
	return s->process ? STAMP_CHILD : STAMP_CPU;
}

static size_t run_write(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t from = scene_from(s);

	story("stores of generation %u to %zu bytes at %s", s->generation, scene_len(s, map),
	      story_place(map->at + from));
	stamp_fill(&map->stamp, map->at + from, from, scene_len(s, map), s->generation, writer(s));
	return 0;
}

static void model_of_write(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct model_value value = { s->generation, writer(s) };

	for (unsigned int page = 0; page < m->pages; page++)
		if (scene_mask(m, s, page))
			model_write(m, s->process, page, scene_mask(m, s, page), value);
}

static size_t run_read(struct actor *a, struct map *map, const struct scene_step *s)
{
	volatile const char *at = map->at + scene_from(s);

	story("loads of %zu bytes at %s", scene_len(s, map), story_place(map->at + scene_from(s)));
	for (size_t i = 0; i < scene_len(s, map); i += STAMP_SECTOR)
		(void)at[i];
	return 0;
}

static size_t run_touch(struct actor *a, struct map *map, const struct scene_step *s)
{
	volatile char *at = map->at + scene_from(s);
	char byte;

	story("a store to each page of %zu bytes at %s", scene_len(s, map),
	      story_place(map->at + scene_from(s)));
	for (size_t i = 0; i < scene_len(s, map); i += pagemap_page_size()) {
		byte = at[i];
		at[i] = byte; /* a write fault where the page is mapped read-only */
	}
	return 0;
}

static void model_of_touch(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_page(m, s, model_touch);
}

static size_t run_check(struct actor *a, struct map *map, const struct scene_step *s)
{
	story("every sector against what the model allows");
	scene_check(a);
	return 0;
}

const struct scene_op scene_ops_memory[] = {
	{ .name = "map",
	  .summary = "KIND PAGES: the memory of the scene, generation 1 by cpu",
	  .promise = "generation 1 by cpu; zeros of the zero page",
	  .argument = { ARG_KIND, ARG_PAGES },
	  .model = model_of_map },
	{ .name = "write",
	  .summary = "GENERATION [WHERE]: ordinary stores",
	  .promise = "the writer reads it, and who shares the memory; of private memory nobody "
		     "else: fork(2)",
	  .argument = { ARG_GENERATION, ARG_WHERE },
	  .run = run_write,
	  .model = model_of_write },
	{ .name = "read",
	  .summary = "[WHERE]: ordinary loads, a read fault where nothing is mapped",
	  .argument = { ARG_WHERE },
	  .run = run_read },
	{ .name = "touch",
	  .summary = "[WHERE]: a store to each page that changes nothing",
	  .promise = "content stays, and is no longer free to go: madvise(2)",
	  .argument = { ARG_WHERE },
	  .run = run_touch,
	  .model = model_of_touch },
	{ .name = "check",
	  .summary = "every sector reads what the model allows",
	  .promise = "fails where it does not",
	  .run = run_check,
	  .judges = true },
	{ 0 },
};
