// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-persistence: content survives reclaim, whatever it is swapped to
 *
 * Story    A page goes to swap and comes back many times: through the swap
 *          cache or past it, through zswap, in a slot that it keeps or that
 *          somebody else had before, with a fork or a swapoff in between. Each
 *          of these knows by a bit or a count which copy is the newest.
 * Seen as  An older generation, zeros or somebody else's page in one of the
 *          mappings of some memory.
 * Fixed    One by one; 13ddaf26be32 (v6.8) is the race of two faults on a
 *          synchronous device.
 * Steps    1 a swap backend  2 some pages get a new generation, by one of the
 *          ways to write  3 out  4 freed slots are filled with other things
 *          5 back in by one way  6 every mapping is read  7 again from 2.
 * Notes    A cell's id is backend.memory.way.writer, or backend.memory.race.what
 *          for a bounded race. The cells of `core`, which are the first, are a
 *          short way through all backends. Cells of one backend stand together:
 *          it is made once.
 */
#include "memcg.h"
#include "plan.h"
#include "res.h"
#include "res-backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS	   8192
#define OPEN_CLEAN "registered pages that were clean are dropped, no fix known 2026-11"

struct choice {
	const struct res_backend *backend;
	const struct race *race; /* else a plan */
	struct plan plan;
};

static struct {
	struct case_cell cell[CELLS + 1];
	struct choice choice[CELLS];
	char name[CELLS][80];
	unsigned int count;
} all;

#define K(kind) PLAN_KIND(MAP_KIND_##kind)
/* Everything that can be swapped and is not merged or fixed. */
#define SWAPPED                                                                                   \
	(K(ANON) | K(MTHP) | K(THP) | K(PTE_THP) | K(SHARED_ANON) | K(MEMFD) | K(MEMFD_PRIVATE) | \
	 K(FILE_PRIVATE) | PLAN_KIND(BODY_SHMEM_THP) | PLAN_KIND(BODY_THP_ZERO))
/* Kinds whose ways through swap differ most. */
#define FEW (K(ANON) | K(THP) | K(MEMFD))

static bool fits(unsigned int kinds, unsigned int kind)
{
	return !kinds || kinds >> kind & 1;
}

static void add(const struct choice *choice, const char *prefix)
{
	const struct plan *p = &choice->plan;
	unsigned int i = all.count++;

	if (i >= CELLS)
		abort();
	all.choice[i] = *choice;
	snprintf(all.name[i], sizeof(all.name[i]), "%s%s.%s.%s.%s", prefix, choice->backend->name,
		 body_kind_name(p->kind), choice->race ? "race" : p->way->name,
		 choice->race ? choice->race->name : body_writer_name(p->writer));
	all.cell[i] = (struct case_cell){
		.name = all.name[i],
		.summary = choice->race ? choice->race->summary : p->way->summary,
		.needs = body_kind_needs(p->kind) |
			 (choice->race ? choice->race->needs
				       : p->way->needs | body_writer_needs(p->writer)),
		.arg = i,
	};
	/* A hole in shmem that was read is mapped writable and clean. */
	if (!choice->race && p->writer == BODY_FIXED_CLEAN)
		all.cell[i].open = OPEN_CLEAN;
}

static void add_plan(const struct res_backend *backend, unsigned int kind, const struct way *way,
		     unsigned int writer, const char *prefix)
{
	struct choice choice = { backend, NULL, { .kind = kind, .writer = writer, .way = way } };

	if (fits(way->kinds, kind) && (writer == BODY_MIXED || body_writer_fits(writer, kind)))
		add(&choice, prefix);
}

static void add_race(const struct res_backend *backend, unsigned int kind, const struct race *race,
		     const char *prefix)
{
	struct choice choice = { backend, race, { .kind = kind } };

	if (fits(race->kinds, kind))
		add(&choice, prefix);
}

/* Other compressors differ in what they do to a page, not in how it gets there. */
static bool is_variant(const struct res_backend *backend)
{
	return !strncmp(backend->name, "zram-", 5) && backend->option;
}

static bool is_prime(const struct res_backend *backend)
{
	return !strcmp(backend->name, "file") || !strcmp(backend->name, "zram") ||
	       !strcmp(backend->name, "zswap");
}

static void add_core(const struct res_backend *backend)
{
	for (unsigned int kind = 0; kind < BODY_KINDS; kind++) {
		if (!fits(is_variant(backend) ? K(ANON) : FEW | K(MTHP), kind))
			continue;
		add_plan(backend, kind, ways, BODY_MIXED, "core.");
		add_race(backend, kind, races, "core.");
	}
}

/* Ways on which backends, and writers, differ most. */
static bool is_telling(const char *name)
{
	static const char *const names[] = { "write", "early-write", "fork", "swapoff",
					     "part",  "drop",	     NULL };

	for (int i = 0; names[i]; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void add_writers(const struct res_backend *backend, unsigned int kind, const struct way *way)
{
	for (unsigned int writer = 0; writer < BODY_WRITERS; writer++)
		if (writer != BODY_FIXED_CLEAN || !strcmp(way->name, "drop"))
			add_plan(backend, kind, way, writer, "");
}

static void add_kind(const struct res_backend *backend, unsigned int kind)
{
	bool prime = is_prime(backend), few = fits(FEW, kind);

	for (const struct way *way = ways + 1; way->name; way++) {
		if (prime || is_telling(way->name))
			add_plan(backend, kind, way, BODY_MIXED, "");
		if (prime && few && is_telling(way->name))
			add_writers(backend, kind, way);
	}
	for (const struct race *race = races + 1; race->name && few; race++)
		add_race(backend, kind, race, "");
}

/* All of them on a few backends, some on all. */
static unsigned int kinds_of(const struct res_backend *backend)
{
	if (is_prime(backend))
		return SWAPPED;
	return is_variant(backend) ? K(ANON) : FEW | K(MTHP) | PLAN_KIND(BODY_SHMEM_THP);
}

static const struct case_cell *make_cells(void)
{
	for (int prime = 1; prime >= 0; prime--)
		for (const struct res_backend *b = res_backends; b->name; b++)
			if (is_prime(b) == prime)
				add_core(b);
	for (const struct res_backend *b = res_backends; b->name; b++)
		for (unsigned int kind = 0; kind < BODY_KINDS; kind++)
			if (fits(kinds_of(b), kind))
				add_kind(b, kind);
	return all.cell;
}

static bool prepare(const struct case_cell *cell)
{
	memcg_make(); /* without it MADV_PAGEOUT is the only way out */
	return res_backend_on(all.choice[cell->arg].backend);
}

static enum verdict run(struct case_ctx *c)
{
	const struct choice *choice = &all.choice[c->cell->arg];
	struct plan plan = choice->plan;
	enum verdict verdict = PASS;

	plan.shake = choice->backend->shake;
	while (verdict == PASS && case_round(c))
		verdict = choice->race ? race_play(c, plan.kind, choice->race, plan.shake)
				       : plan_play(c, &plan);
	return verdict;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-persistence",
		.kind = "matrix",
		.summary =
			"every memory x swap backend x way back x writer: content survives reclaim",
		.tags = "matrix swap reclaim zram zswap shmem thp race",
		.needs = NEED_ROOT | NEED_PAGEOUT | NEED_PFN,
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:13ddaf26be32 linux-git:678e54d4bb9a linux-git:25cd241408a2",
		.seconds = 240,
		.rounds = 1,
		.counters = { { "swapped", true }, { "checked", true }, { "regrouped" } },
		.prepare = prepare,
	};

	info.cells = make_cells();
	return case_main(argc, argv, &info, run);
}
