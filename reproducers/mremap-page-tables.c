// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mremap-page-tables: memory that moves by whole page tables moves alone, and at once
 *
 * Story    mremap() moves page tables instead of entries where it can: of 2 MiB, of
 *          1 GiB, and since 6.7 one of which the memory has only the upper part, if
 *          the rest is nobody's. All entries have to arrive, what others have in such
 *          a table has to stay, and no CPU may go on by what its TLB knew.
 * Seen as  Pages left behind or taken along, stores that arrive in the wrong place.
 * Fixed    The flush: CVE-2018-18281, v4.20, eb66ae030829.
 * Steps    1 memory, a few pages of it, maybe a neighbour  2 a thread stores to the
 *          last sector of each  3 mremap, the old place stays mapped: zeros  4 what
 *          moved is whole and gets no more stores.
 */
#include "case.h"
#include "fail.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* 5.7; not in older headers */
#endif
#define MIB	(1ul << 20)
#define TOUCHED 64
#define STAMPED (STAMP_PAGE - STAMP_SECTOR)
#define NOBODY	((char *)1)

enum { MOVED, STORES, CHECKED };
enum { PMD, PUD, FROM_START, BELOW_OLD, BELOW_NEW, PART, SEVERAL };

static const struct case_cell cells[] = {
	{ "pmd", "tables of 2 MiB", NEED_DONTUNMAP, .arg = PMD },
	{ "pud", "tables of 1 GiB", NEED_DONTUNMAP, .arg = PUD },
	{ "from-start", "a table's upper part, the rest is nobody's", NEED_DONTUNMAP,
	  .arg = FROM_START },
	{ "below-old", "the same, the rest is a neighbour's", NEED_DONTUNMAP, .arg = BELOW_OLD },
	{ "below-new", "the same, where it goes to", NEED_DONTUNMAP, .arg = BELOW_NEW },
	{ "part", "the upper part of one mapping", NEED_DONTUNMAP, .arg = PART },
	{ "several", "three mappings in one call", .arg = SEVERAL },
	{ 0 },
};

static const struct case_info info = {
	.name = "mremap-page-tables",
	.summary = "mremap by whole page tables: nothing is left behind, nobody else's is taken",
	.tags = "anon mremap tlb isolation",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:eb66ae030829",
	.cve = "CVE-2018-18281",
	.fixed_in = "4.20",
	.lever = "place and length",
	.counters = { { "moved", true }, { "stores" }, { "checked", true } },
	.cells = cells,
};

static struct map map, below; /* what moves, and its neighbour or nothing */
static char *from, *to;	      /* two windows of aligned addresses */
static size_t below_len;
static char *_Atomic stored_to; /* NULL: not yet; NOBODY: no more */
static atomic_ulong passes;

static size_t touched(const struct map *m, unsigned int i)
{
	return (m->pages - 1) * i / (TOUCHED - 1) * STAMP_PAGE;
}

static void *store(void *unused)
{
	char *at;

	case_on_all_cpus();
	for (uint64_t n = 1; (at = atomic_load(&stored_to)) != NOBODY; n++) {
		for (unsigned int i = 0; at && i < TOUCHED; i++)
			*(volatile uint64_t *)(at + touched(&map, i) + STAMPED) = n;
		atomic_fetch_add(&passes, 1);
	}
	return NULL;
}

/* The thread has been everywhere: its TLB knows all; what still arrives has arrived. */
static void let_it_pass(void)
{
	unsigned long seen = atomic_load(&passes);

	while (atomic_load(&stored_to) && atomic_load(&passes) < seen + 2)
		sched_yield();
}

static void fill(struct map *m, char *at, size_t len, unsigned int buffer)
{
	static uint64_t frames[3072 * MIB / STAMP_PAGE]; /* not known */
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;

	*m = (struct map){ .at = at, .len = len, .pages = len / STAMP_PAGE, .frames = frames };
	m->stamp = stamp_make(case_seed(), buffer);
	if (mmap(at, len, PROT_READ | PROT_WRITE, flags, -1, 0) != at)
		fail("%zu bytes of memory", len);
	madvise(at, len, MADV_NOHUGEPAGE); /* huge pages have no tables */
	for (unsigned int i = 0; i < TOUCHED; i++)
		stamp_fill(&m->stamp, at + touched(m, i), touched(m, i), STAMPED, 1, STAMP_CPU);
}

static void make_memory(unsigned int how, size_t align, char *area)
{
	from = (char *)(((uintptr_t)area + align - 1) / align * align);
	to = from + 6 * align;
	if (below_len && (munmap(from, below_len) || munmap(to, below_len)))
		fail("munmap");
	if (below_len && how != FROM_START)
		fill(&below, how == BELOW_NEW ? to : from, below_len, 1);
	fill(&map, from + below_len, 3 * align - below_len, 0);
	/* With other rights it is another mapping than what comes after it. */
	if ((how == BELOW_OLD && mprotect(from, below_len, PROT_READ)) ||
	    (how == SEVERAL && mprotect(map.at + align, align, PROT_READ)))
		fail("mprotect");
}

static bool whole(struct case_ctx *c, struct map *m)
{
	for (unsigned int i = 0; m->len && i < TOUCHED; i++, case_count(c, CHECKED, 1))
		if (!case_check(c, m, touched(m, i), STAMPED, 1, STAMP_CPU))
			return false;
	return true;
}

static enum verdict check(struct case_ctx *c, const char *old)
{
	uint64_t seen[TOUCHED];

	for (unsigned int i = 0; i < TOUCHED; i++)
		seen[i] = *(volatile uint64_t *)(map.at + touched(&map, i) + STAMPED);
	let_it_pass();
	for (unsigned int i = 0; i < TOUCHED; i++)
		if (*(volatile uint64_t *)(map.at + touched(&map, i) + STAMPED) != seen[i])
			return case_corrupt(c, "foreign", "a store to the old place arrives");
	if (!whole(c, &map) || !whole(c, &below))
		return CORRUPT;
	for (unsigned int i = 0; old && i < TOUCHED; i++)
		if (!stamp_zeros(old + touched(&map, i), STAMPED))
			return case_corrupt(c, "stale", "the old place does not read zeros");
	return PASS;
}

static enum verdict move(struct case_ctx *c)
{
	int stays = c->cell->needs & NEED_DONTUNMAP ? MREMAP_DONTUNMAP : 0;
	char *old = map.at;

	if (!case_disturbs(c))
		return PASS;
	map.at = mremap(old, map.len, map.len, MREMAP_MAYMOVE | MREMAP_FIXED | stays,
			to + below_len);
	if (map.at == MAP_FAILED && (c->cell->arg != SEVERAL || errno != EFAULT))
		fail("mremap of %zu bytes", map.len);
	if (map.at == MAP_FAILED)
		return case_skip(c, "one mapping at a time; use a kernel from 6.17 on");
	case_count(c, MOVED, TOUCHED);
	return check(c, stays ? old : NULL);
}

static enum verdict run(struct case_ctx *c)
{
	unsigned int how = c->cell->arg;
	size_t align = how == PUD ? 1024 * MIB : 2 * MIB, span = 10 * align;
	enum verdict verdict = PASS;
	pthread_t thread;
	char *area;

	below_len = how >= FROM_START && how <= PART ? MIB : 0;
	while (verdict == PASS && case_round(c)) {
		/* Its stack comes before there are holes in the windows. */
		if (pthread_create(&thread, NULL, store, NULL))
			fail("a thread that stores");
		area = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			    0);
		if (area == MAP_FAILED)
			fail("%zu bytes of address space", span);
		make_memory(how, align, area);
		if (c->cell->needs & NEED_DONTUNMAP)
			atomic_store(&stored_to, map.at);
		let_it_pass();
		verdict = move(c);
		atomic_store(&stored_to, NOBODY);
		pthread_join(thread, NULL);
		case_count(c, STORES, atomic_exchange(&passes, 0) * TOUCHED);
		atomic_store(&stored_to, NULL);
		munmap(area, span);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
