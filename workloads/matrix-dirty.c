// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-dirty: what regroups pages must not lose that they are dirty
 *
 * Story    A page came back from swap clean and is written, by a store through
 *          a PTE or a PMD, by another mapping, by a pin. Only that one entry or
 *          that one pin knows. Then it is split, collapsed, merged, moved to
 *          another node, unmapped; and then reclaim looks whether it may be
 *          dropped.
 * Seen as  The generation before, or zeros, in a page that was written; a twin
 *          of KSM that changed.
 * Fixed    One by one; see docs/ and the reproducers.
 * Steps    1 write  2 regroup, check  3 out, by MADV_PAGEOUT or a memcg  4 back
 *          in  5 check every mapping  6 again, now with clean pages.
 * Notes    A cell's id is memory.regrouping.writer. hugetlb is not swapped: its
 *          cells check after step 2.
 */
#include "memcg.h"
#include "plan.h"
#include "res-backend.h"
#include "spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 1024

static struct {
	struct case_cell cell[CELLS + 1];
	struct plan plan[CELLS];
	char name[CELLS][64];
	unsigned int count;
} all;

#define K(kind) PLAN_KIND(MAP_KIND_##kind)
#define KINDS                                                                               \
	(K(ANON) | K(MTHP) | K(THP) | K(PTE_THP) | K(HUGETLB) | K(SHARED_ANON) | K(MEMFD) | \
	 K(MEMFD_PRIVATE) | K(FILE_PRIVATE) | PLAN_KIND(BODY_SHMEM_THP) |                   \
	 PLAN_KIND(BODY_THP_ZERO))

static const struct way *read_back(void)
{
	const struct way *way = ways;

	while (strcmp(way->name, "read") != 0)
		way++;
	return way;
}

static void add(unsigned int kind, const struct between *between, unsigned int writer)
{
	unsigned int i = all.count++;

	if (i >= CELLS)
		abort();
	snprintf(all.name[i], sizeof(all.name[i]), "%s.%s.%s", body_kind_name(kind), between->name,
		 body_writer_name(writer));
	all.plan[i] = (struct plan){ kind, writer, read_back(), between };
	all.cell[i] = (struct case_cell){
		.name = all.name[i],
		.summary = between->summary,
		.needs = body_kind_needs(kind) | between->needs | body_writer_needs(writer),
		.arg = i,
	};
}

/* What a run of a few seconds should have tried: nobody is waited for. */
static bool is_core(const struct case_cell *cell)
{
	static const char *const slow[] = { "ksm", "khugepaged", "compaction", "numa",
					    "underused" };
	const struct plan *p = &all.plan[cell->arg];

	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
		if (!strncmp(p->between->name, slow[i], strlen(slow[i])))
			return false;
	return p->writer == BODY_CPU &&
	       (K(THP) | K(MEMFD) | PLAN_KIND(BODY_SHMEM_THP)) >> p->kind & 1;
}

static const struct case_cell *make_cells(void)
{
	for (unsigned int kind = 0; kind < BODY_KINDS; kind++)
		for (const struct between *b = betweens; b->name; b++)
			for (unsigned int writer = 0; writer < BODY_WRITERS; writer++)
				if (KINDS >> kind & 1 && (!b->kinds || b->kinds >> kind & 1) &&
				    writer != BODY_FIXED_CLEAN && body_writer_fits(writer, kind))
					add(kind, b, writer);
	spread_cells(all.cell, all.count, is_core);
	return all.cell;
}

/* A swap file. */
static bool prepare(const struct case_cell *cell)
{
	memcg_make(); /* without it MADV_PAGEOUT is the only way out */
	return res_backend_on(res_backends);
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;

	while (verdict == PASS && case_round(c))
		verdict = plan_play(c, &all.plan[c->cell->arg]);
	return verdict;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-dirty",
		.kind = "matrix",
		.summary = "every memory x regrouping x writer: what was written survives reclaim",
		.tags = "matrix dirty thp ksm hugetlb numa migration compaction",
		.needs = NEED_ROOT | NEED_PAGEOUT | NEED_PFN,
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:80d47f5de5e3",
		.seconds = 200,
		.rounds = 1,
		.counters = { { "swapped" }, { "checked", true }, { "regrouped", true } },
		.prepare = prepare,
	};

	info.cells = make_cells();
	return case_main(argc, argv, &info, run);
}
