// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-file: what was stored in a shared file mapping is on the disk
 *
 * Story    A store to a shared file mapping leaves nothing but a dirty bit in a
 *          PTE. Whoever takes the PTE away (munmap, reclaim, the end of a child,
 *          writeback, which protects it) has to carry the bit to the page first,
 *          and a page that was made clean must be noticed when it is written
 *          again. A pin that wrote has to say so at its end.
 * Seen as  The newest generation in memory, an older one on the disk; or an
 *          older one everywhere once the page cache was dropped.
 * Fixed    Reclaim dropping the dirty bit of a PMD on zap is of 2026.
 * Steps    1 write by one path  2 upset the mapping  3 flush  4 the disk, by
 *          O_DIRECT  5 drop the page cache, read every mapping  6 again.
 * Notes    A cell's id is upset.flush.writer, or race.what for a bounded race.
 */
#include "file.h"
#include "memcg.h"
#include "plan.h"
#include "spread.h"

#include <stdio.h>
#include <stdlib.h>

#define CELLS 512

static struct {
	struct case_cell cell[CELLS + 1];
	struct {
		const struct upset *upset;
		const struct flush *flush;
		unsigned int writer;
		const struct race *race; /* else the three above */
	} choice[CELLS];
	char name[CELLS][64];
	unsigned int count;
} all;

static void add(const struct upset *upset, const struct flush *flush, unsigned int writer)
{
	unsigned int i = all.count++;

	if (i >= CELLS)
		abort();
	snprintf(all.name[i], sizeof(all.name[i]), "%s.%s.%s", upset->name, flush->name,
		 body_writer_name(writer));
	all.choice[i].upset = upset;
	all.choice[i].flush = flush;
	all.choice[i].writer = writer;
	all.cell[i] = (struct case_cell){ .name = all.name[i],
					  .summary = upset->summary,
					  .needs = body_writer_needs(writer),
					  .arg = i };
}

static void add_race(const struct race *race)
{
	unsigned int i = all.count++;

	snprintf(all.name[i], sizeof(all.name[i]), "race.%s", race->name);
	all.choice[i].race = race;
	all.cell[i] = (struct case_cell){ .name = all.name[i],
					  .summary = race->summary,
					  .needs = race->needs | NEED_PAGEOUT,
					  .arg = i };
}

/* What a run of a few seconds should have tried. */
static bool is_core(const struct case_cell *cell)
{
	unsigned int writer = all.choice[cell->arg].writer;

	if (all.choice[cell->arg].race)
		return false;
	return writer == BODY_CPU ||
	       (writer == BODY_DIRECT && all.choice[cell->arg].upset == upsets);
}

static const struct case_cell *make_cells(void)
{
	for (const struct upset *u = upsets; u->name; u++)
		for (const struct flush *f = flushes; f->name; f++)
			for (unsigned int w = 0; w < BODY_WRITERS; w++)
				if (body_writer_fits(w, MAP_KIND_FILE))
					add(u, f, w);
	for (const struct race *r = races; r->name; r++)
		if (!r->kinds || r->kinds >> MAP_KIND_FILE & 1)
			add_race(r);
	spread_cells(all.cell, all.count, is_core);
	return all.cell;
}

static bool prepare(const struct case_cell *cell)
{
	memcg_make(); /* without it reclaim is MADV_PAGEOUT alone */
	return true;
}

static enum verdict run(struct case_ctx *c)
{
	unsigned int i = c->cell->arg;
	enum verdict verdict = PASS;

	while (verdict == PASS && case_round(c))
		verdict = all.choice[i].race ? race_play(c, MAP_KIND_FILE, all.choice[i].race, NULL)
					     : file_play(c, all.choice[i].upset,
							 all.choice[i].flush, all.choice[i].writer);
	return verdict;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-file",
		.kind = "matrix",
		.summary = "every upset x flush x writer: a shared file mapping reaches the disk",
		.tags = "matrix file writeback dirty",
		.needs = NEED_O_DIRECT,
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:8ac268436e6d",
		.seconds = 120,
		.rounds = 1,
		.counters = { { "on_disk", true }, { "checked", true } },
		.prepare = prepare,
	};

	info.cells = make_cells();
	return case_main(argc, argv, &info, run);
}
