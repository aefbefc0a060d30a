// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all operations, and what their rows have in common. */
#include "op-hold.h"
#include "op-write.h"
#include "op.h"
#include "track.h"
#include "uffd.h"

#include <stdio.h>
#include <string.h>

static const struct scene_op *const families[] = {
	scene_ops_memory,  scene_ops_hold,    scene_ops_reclaim, scene_ops_protect,
	scene_ops_process, scene_ops_peek,    scene_ops_advise,	 scene_ops_damon,
	scene_ops_far,	   scene_ops_file,    scene_ops_huge,	 scene_ops_ksm,
	scene_ops_memcg,   scene_ops_migrate, scene_ops_numa,	 scene_ops_offline,
	scene_ops_remap,   scene_ops_remote,  scene_ops_write,	 scene_ops_track,
	scene_ops_uffd
};

#define FAMILIES (sizeof(families) / sizeof(*families))

const struct scene_op *scene_op_next(const struct scene_op *op)
{
	if (!op)
		return families[0];
	if (op[1].name)
		return op + 1;
	for (size_t i = 0; i + 1 < FAMILIES; i++)
		for (const struct scene_op *row = families[i]; row->name; row++)
			if (row == op)
				return families[i + 1];
	return NULL;
}

const struct scene_op *scene_op_find(const char *name, size_t len)
{
	for (size_t i = 0; i < FAMILIES; i++)
		for (const struct scene_op *op = families[i]; op->name; op++)
			if (*op->name == *name && !strncmp(op->name, name, len) && !op->name[len])
				return op;
	return NULL;
}

const char *scene_way_name(enum scene_argument argument, unsigned int how)
{
	const struct scene_way *way;
	const struct scene_pin *pin;

	if (argument == ARG_HOLD) {
		pin = scene_pin(how);
		return pin ? pin->name : NULL;
	}
	way = scene_way(argument, how);
	return way ? way->name : NULL;
}

static void print_needs(uint64_t needs)
{
	const char *comma = " needs ";

	for (unsigned int bit = 0; bit < NEED_COUNT; bit++)
		if (needs >> bit & 1) {
			printf("%s%s", comma, need_name(1ull << bit));
			comma = ", ";
		}
}

static uint64_t way_needs(enum scene_argument argument, unsigned int how)
{
	return argument == ARG_HOLD ? scene_pin(how)->needs : scene_way(argument, how)->needs;
}

static void manual_ways(const char *title, enum scene_argument argument)
{
	const char *name;

	puts(title);
	for (unsigned int how = 0; (name = scene_way_name(argument, how)); how++) {
		printf("  %-19s", name);
		print_needs(way_needs(argument, how));
		puts(way_needs(argument, how) ? "" : " needs nothing");
	}
}

/* What it is called, takes and does; what it needs; what is promised of content. */
static void manual_of(const struct scene_op *op)
{
	printf("  %-15s %s\n                 ", op->name, op->summary);
	print_needs(op->needs);
	if (op->needs)
		putchar(';');
	if (op->disturbs)
		fputs(" done to the control too, must reach pages of either;", stdout);
	printf(" %s\n", op->promise ? op->promise : "content stays");
}

void scene_manual(void)
{
	puts("A scene is lines of  [PROCESS:] OP [ARGUMENT...] [WHERE]  and # comments. WHERE is\n"
	     "'page N', 'pages A-B' or 'sectors FIRST COUNT' (512 bytes each); without it, all.\n");
	for (const struct scene_op *op = NULL; (op = scene_op_next(op));)
		manual_of(op);
	fputs("\nKIND is one of", stdout);
	for (enum map_kind kind = 0; kind < MAP_KINDS; kind++)
		printf(" %s", map_kind_name(kind));
	puts(".");
	manual_ways("\nHOLD is one of", ARG_HOLD);
	manual_ways("\nSTORE is one of", ARG_STORE);
	manual_ways("\nLOAD is one of", ARG_LOAD);
}

bool scene_shared(enum map_kind kind)
{
	return kind == MAP_KIND_SHARED_ANON || kind == MAP_KIND_MEMFD || kind == MAP_KIND_FILE;
}

int scene_uffd_kind(enum map_kind kind)
{
	if (kind == MAP_KIND_HUGETLB)
		return UFFD_HUGETLB;
	return scene_shared(kind) || kind == MAP_KIND_MEMFD_PRIVATE ? UFFD_SHMEM : UFFD_ANON;
}

uint64_t scene_step_needs(const struct scene_step *s, enum map_kind kind)
{
	uint64_t needs = s->op->needs;

	if (needs & NEED_UFFD_WP && (scene_shared(kind) || kind == MAP_KIND_MEMFD_PRIVATE))
		needs |= NEED_UFFD_SHMEM;

	if (s->op->argument[0] == ARG_KIND)
		needs |= map_needs(s->kind);
	if (s->op->argument[0] == ARG_TRACK)
		needs |= track_needs(s->how, kind);
	if (s->op->argument[0] == ARG_HOLD)
		needs |= way_needs(ARG_HOLD, s->how);
	if (s->op->argument[0] == ARG_STORE || s->op->argument[0] == ARG_LOAD)
		needs |= way_needs(s->op->argument[0], s->how);
	return needs;
}

bool scene_control_next(const struct actor *a, const struct map *map)
{
	return map == &a->map;
}

size_t scene_from(const struct scene_step *s)
{
	return (size_t)s->first * STAMP_SECTOR;
}

size_t scene_len(const struct scene_step *s, const struct map *map)
{
	return s->sectors ? (size_t)s->sectors * STAMP_SECTOR : map->len;
}

unsigned int scene_mask(const struct model *m, const struct scene_step *s, unsigned int page)
{
	unsigned int from = s->first,
		     to = s->sectors ? from + s->sectors : m->pages * MODEL_SECTORS, mask = 0;

	for (unsigned int i = 0; i < MODEL_SECTORS; i++)
		if (page * MODEL_SECTORS + i >= from && page * MODEL_SECTORS + i < to)
			mask |= 1u << i;
	return mask;
}

void scene_each_page(struct model *m, const struct scene_step *s,
		     void (*each)(struct model *m, unsigned int process, unsigned int page))
{
	for (unsigned int page = 0; page < m->pages; page++)
		if (scene_mask(m, s, page))
			each(m, s->process, page);
}

void scene_each_mask(struct model *m, const struct scene_step *s,
		     void (*each)(struct model *m, unsigned int page, unsigned int mask))
{
	for (unsigned int page = 0; page < m->pages; page++)
		each(m, page, scene_mask(m, s, page));
}
