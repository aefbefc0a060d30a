// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reclaim-drops-dirty: what was written through a page table must outlive it
 *
 * Story    A CPU store sets the dirty bit of the PTE or PMD, and nothing else.
 *          Whoever takes that entry away has to carry the bit over to the
 *          folio. The code that unmaps a whole huge page of shmem did not: a
 *          huge page that was only read so far is clean, is mapped writable,
 *          and after store and munmap() it is still clean. Reclaim drops it.
 * Seen as  Zeros (or old data) in shared memory that was written, unmapped, and
 *          mapped again later on a machine that reclaims.
 * Fixed    In 2026: "mm/huge_memory: transfer the pmd dirty bit to the folio on
 *          zap", in 6.1.191 and 6.12.114. The neighbour of small pages is
 *          5df397dec7c4 (v6.2).
 * Steps    1 read fault: clean and writable  2 store  3 take the mapping away
 *          4 reclaim  5 read the file: the stores are there.
 * Notes    The neighbours (split of the PMD, small pages) are beside it because
 *          each is code of its own.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE  (2u << 20)
#define SHMEM "/sys/kernel/mm/transparent_hugepage/shmem_enabled"

enum { CLEAN, PMD_MAPPED, WRITTEN, PAGED_OUT, CHECKED };
enum { SMALL = 0, LARGE = 1, ZAP = 0, SPLIT = 2 };

static const struct case_cell cells[] = {
	{ "pmd-zap", "a huge page, unmapped by munmap", .needs = NEED_THP | NEED_ROOT,
	  .arg = LARGE | ZAP },
	{ "pmd-split", "a huge page, its PMD split, then unmapped", .needs = NEED_THP | NEED_ROOT,
	  .arg = LARGE | SPLIT },
	{ "pte-zap", "small pages, unmapped by munmap", .arg = SMALL | ZAP },
	{ 0 },
};

static const struct case_info info = {
	.name = "reclaim-drops-dirty",
	.summary = "stores to clean shmem that is unmapped and then reclaimed",
	.tags = "shmem thp swap reclaim persistence",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:5df397dec7c4",
	.lever = "clean pages, known by pagemap",
	.seen = "5.10.223, pmd-zap: 20 of 20, 0.30 s",
	.counters = { { "clean", true },
		      { "pmd_mapped" },
		      { "written", true },
		      { "paged_out", true },
		      { "checked", true } },
	.cells = cells,
};

/* A new mapping of the file, at an address that a huge page can have. */
static void map_again(struct map *map)
{
	int prot = PROT_READ | PROT_WRITE;
	char *area = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		fail("address space");
	map->area = area;
	map->area_len = 2 * HUGE;
	map->at = (char *)(((uintptr_t)area + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
	if (mmap(map->at, map->len, prot, MAP_SHARED | MAP_FIXED, map->fd, 0) != map->at)
		fail("mapping the file");
}

static void make(struct case_ctx *c, struct map *map, unsigned int buffer)
{
	size_t len = c->cell->arg & LARGE ? HUGE : 16 * pagemap_page_size();

	*map = (struct map){ .kind = MAP_KIND_MEMFD,
			     .len = len,
			     .pages = len / pagemap_page_size(),
			     .stamp = stamp_make(c->seed, buffer),
			     .fd = memfd_create("lostwrite", MFD_CLOEXEC) };
	map->frames = calloc(map->pages, sizeof(*map->frames));
	if (map->fd < 0 || ftruncate(map->fd, len) || !map->frames)
		fail("memfd of %zu bytes", len);
	map_again(map);
	if (c->cell->arg & LARGE && madvise(map->at, len, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE of shmem");
}

/* The mapping goes; the file stays. */
static void take_away(struct case_ctx *c, struct map *map)
{
	if (c->cell->arg & SPLIT && mprotect(map->at, pagemap_page_size(), PROT_READ))
		fail("mprotect to split the PMD");
	munmap(map->area, map->area_len);
}

static size_t page_out(struct map *map)
{
	map_read(map);
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

static enum verdict trial(struct case_ctx *c, struct map *map)
{
	map_read(map); /* holes of shmem: clean, zeros, and mapped writable */
	case_count(c, CLEAN,
		   pagemap_count(map->at, map->len, PAGEMAP_PRESENT) -
			   pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_DIRTY));
	case_count(c, PMD_MAPPED, pagemap_smaps_kb(map->at, "ShmemPmdMapped:") >> 11);
	if (c->cell->arg & LARGE && pagemap_smaps_kb(map->at, "ShmemPmdMapped:") < HUGE >> 10)
		return case_inconclusive(c, "shmem gave no huge page");
	map_stamp(map, 1, STAMP_CPU); /* dirty in the page table */
	case_count(c, WRITTEN, map->pages);
	take_away(c, map); /* broken kernels forget it here */
	map_again(map);
	if (case_disturbs(c))
		case_count(c, PAGED_OUT, page_out(map));
	case_count(c, CHECKED, map->pages);
	return case_check_all(c, map, 1, STAMP_CPU) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	struct map map;

	if (c->cell->arg & LARGE && !res_write(SHMEM, "advise"))
		return case_skip(c, "huge pages of shmem: %s", res_why());
	while (verdict == PASS && case_round(c)) {
		make(c, &map, 0);
		verdict = trial(c, &map);
		map_free(&map);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
