// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What regroups, moves, merges or unmaps pages between a write and reclaim. The
 * write may be known to a PTE or PMD only, and has to be carried to the page.
 */
#include "between.h"
#include "deadline.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif
#define THP_KNOBS "/sys/kernel/mm/transparent_hugepage/"
#define KSM_KNOBS "/sys/kernel/mm/ksm/"
#define SPLIT	  "/sys/kernel/debug/split_huge_pages"
#define PLAIN	  (PROT_READ | PROT_WRITE)

static size_t huge(const struct body *b)
{
	long anon = pagemap_smaps_kb(b->map.at, "AnonHugePages:"),
	     shmem = pagemap_smaps_kb(b->map.at, "ShmemPmdMapped:");

	return (anon > 0 ? anon : 0) + (shmem > 0 ? shmem : 0);
}

static size_t split_pmd(struct body *b)
{
	size_t before = huge(b), page = pagemap_page_size();

	if (mprotect(b->map.at, page, PROT_READ) || mprotect(b->map.at, page, PLAIN))
		fail("mprotect of one page");
	return huge(b) < before ? b->map.pages : 0;
}

/* The whole folio, by debugfs. */
static size_t split_folio(struct body *b)
{
	size_t before = pagemap_count_flag(b->map.at, b->map.len, PAGEMAP_KPF_THP);
	int fd = open(SPLIT, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	dprintf(fd, "%d,%#lx,%#lx", getpid(), (unsigned long)b->map.at,
		(unsigned long)(b->map.at + b->map.len));
	close(fd);
	return before - pagemap_count_flag(b->map.at, b->map.len, PAGEMAP_KPF_THP);
}

/* One page in the middle goes: the rest of a huge page is mapped by PTEs, and split one day. */
static size_t drop_one(struct body *b)
{
	unsigned int page = 1 + rng_below(&b->c->rng, b->map.len / STAMP_PAGE - 1);

	if (madvise(b->map.at + (size_t)page * STAMP_PAGE, STAMP_PAGE,
		    b->shared ? MADV_REMOVE : MADV_DONTNEED))
		fail("dropping page %u", page);
	body_zero(b, page, 1);
	return 1;
}

static size_t collapse(struct body *b)
{
	if (madvise(b->map.at, b->map.len, MADV_HUGEPAGE) ||
	    madvise(b->map.at, b->map.len, MADV_COLLAPSE))
		return 0;
	return huge(b) ? b->map.pages : 0;
}

/* What was a hole reads zeros, whatever the huge page's frame held before. */
static size_t collapse_holes(struct body *b)
{
	for (int i = 0; i < 8; i++)
		drop_one(b);
	return collapse(b);
}

static size_t khugepaged(struct body *b)
{
	struct deadline d;

	if (!res_write(THP_KNOBS "khugepaged/scan_sleep_millisecs", "1") ||
	    !res_write(THP_KNOBS "khugepaged/alloc_sleep_millisecs", "1") ||
	    !res_write(THP_KNOBS "khugepaged/pages_to_scan", "8192"))
		fail("%s", res_why());
	if (madvise(b->map.at, b->map.len, MADV_HUGEPAGE))
		return 0;
	body_read(b, 0, b->map.len / STAMP_PAGE);
	d = deadline_in(300);
	while (!huge(b) && deadline_wait(&d))
		;
	return huge(b) ? b->map.pages : 0;
}

static size_t mprotect_cycle(struct body *b)
{
	if (mprotect(b->map.at, b->map.len, PROT_READ) || mprotect(b->map.at, b->map.len, PLAIN))
		fail("mprotect");
	return b->map.pages;
}

static size_t clear_refs(struct body *b)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "4", 1) != 1)
		fail("clear_refs");
	close(fd);
	return b->map.pages;
}

static size_t move_away_and_back(struct body *b)
{
	body_remap(b, false);
	return b->map.pages;
}

/* All mappings are taken down; what was written through them is only in the dirty bits. */
static size_t zap(struct body *b)
{
	char *again;

	if (madvise(b->map.at, b->map.len, MADV_DONTNEED) ||
	    madvise(b->second, b->map.len, MADV_DONTNEED))
		fail("MADV_DONTNEED of shared mappings");
	again = mremap(b->map.at, 0, b->map.len, MREMAP_MAYMOVE);
	if (again == MAP_FAILED)
		fail("another mapping");
	munmap(b->second, b->map.len);
	b->second = again;
	return b->map.pages;
}

/* The child writes to shared memory, or to copies of its own, and is gone with its page tables. */
static size_t child_writes(struct body *b)
{
	body_fork(b);
	if (body_order(b, BODY_CHECK) && body_order(b, BODY_WRITE) && body_order(b, BODY_CHECK))
		body_order(b, BODY_EXIT);
	return b->map.pages;
}

static size_t compact(struct body *b)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	map_remember(&b->map);
	if (fd < 0 || write(fd, "1", 1) != 1)
		fail("compact_memory");
	close(fd);
	return map_moved(&b->map);
}

/*
 * Of huge pages that hold zeros a shrinker makes small ones, and of their zeros
 * the zero page (mm/migrate.c, try_to_map_unused_to_zeropage(), 6.12).
 */
static size_t underused(struct body *b)
{
	size_t before = pagemap_count_flag(b->map.at, b->map.len, PAGEMAP_KPF_THP);
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (!res_write(THP_KNOBS "khugepaged/max_ptes_none", "0"))
		fail("%s", res_why());
	if (fd < 0 || write(fd, "2", 1) != 1)
		fail("drop_caches");
	close(fd);
	return before - pagemap_count_flag(b->map.at, b->map.len, PAGEMAP_KPF_THP);
}

/* --- KSM: a copy of all of it beside, until the next time --- */

static struct {
	char *at;
	struct body_expected was;
} twin;

static bool twin_holds(struct body *b)
{
	static struct body_expected now;
	bool good;

	now = *b->expected;
	*b->expected = twin.was;
	good = body_check_copy(b, twin.at, 0, b->map.len / STAMP_PAGE, "the KSM twin");
	*b->expected = now;
	return good;
}

static size_t shared_frames(const struct body *b)
{
	static uint64_t ours[BODY_PAGES], its[BODY_PAGES];
	size_t n = 0;

	pagemap_frames(b->map.at, b->map.len, ours);
	pagemap_frames(twin.at, b->map.len, its);
	for (size_t i = 0; i < b->map.pages; i++)
		n += ours[i] && ours[i] == its[i];
	return n;
}

static size_t merge(struct body *b)
{
	size_t merged = 0;

	if (twin.at && !twin_holds(b)) /* written, swapped and back in since it was made */
		return 0;
	if (!twin.at)
		twin.at = mmap(NULL, b->map.len, PLAIN, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (twin.at == MAP_FAILED ||
	    (madvise(twin.at, b->map.len, MADV_UNMERGEABLE) && errno != EINVAL))
		fail("the twin mapping");
	memcpy(twin.at, b->map.at, b->map.len);
	twin.was = *b->expected;
	if (!res_write(KSM_KNOBS "pages_to_scan", "4000") ||
	    !res_write(KSM_KNOBS "sleep_millisecs", "1") || !res_write(KSM_KNOBS "run", "1"))
		fail("%s", res_why());
	if (madvise(b->map.at, b->map.len, MADV_MERGEABLE) ||
	    madvise(twin.at, b->map.len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	for (int tries = 0; tries < 20 && merged < b->map.pages / 2; tries++) {
		usleep(10000);
		merged = shared_frames(b);
	}
	return merged;
}

/* What is zeros is given the zero page instead of a twin's. */
static size_t merge_zeros(struct body *b)
{
	if (!res_write(KSM_KNOBS "use_zero_pages", "1"))
		fail("%s", res_why());
	return merge(b);
}

static size_t merge_and_unmerge(struct body *b)
{
	size_t merged = merge(b);

	if (madvise(b->map.at, b->map.len, MADV_UNMERGEABLE))
		fail("MADV_UNMERGEABLE");
	return merged;
}

#define K(kind)	 PLAN_KIND(MAP_KIND_##kind)
#define HUGES	 (K(THP) | K(PTE_THP) | PLAN_KIND(BODY_SHMEM_THP) | PLAN_KIND(BODY_THP_ZERO))
#define SHARED	 (K(SHARED_ANON) | K(MEMFD) | PLAN_KIND(BODY_SHMEM_THP))
#define NOT_HUGE (~K(HUGETLB))
#define MERGES	 (K(ANON) | K(THP) | K(MTHP))
#define DROPS	 (~(K(HUGETLB) | K(FILE_PRIVATE)))

const struct between betweens[] = {
	{ "split-pmd", "the PMD is split", 0, HUGES & ~K(PTE_THP), split_pmd },
	{ "split-folio", "the folio is split, by debugfs", NEED_ROOT, HUGES | K(MTHP), split_folio,
	  SPLIT, "mount -t debugfs debugfs /sys/kernel/debug" },
	{ "underused", "huge pages that hold zeros are split", NEED_ROOT | NEED_PFN,
	  K(THP) | K(PTE_THP), underused, THP_KNOBS "shrink_underused",
	  "use a kernel from 6.12 on" },
	{ "drop-one", "one page is dropped", 0, DROPS, drop_one },
	{ "collapse", "MADV_COLLAPSE", 0, HUGES, collapse },
	{ "collapse-holes", "MADV_COLLAPSE where pages are missing", 0, HUGES, collapse_holes },
	{ "khugepaged", "khugepaged collapses it", NEED_ROOT, K(PTE_THP), khugepaged },
	{ "mprotect", "read-only and back", 0, 0, mprotect_cycle },
	{ "clear-refs", "soft-dirty bits are cleared", NEED_SOFT_DIRTY, NOT_HUGE, clear_refs },
	{ "mremap", "away and back", 0, NOT_HUGE, move_away_and_back },
	{ "zap", "every mapping is taken down", 0, SHARED, zap },
	{ "child", "a child writes and leaves", 0, 0, child_writes },
	{ "compaction", "memory is compacted", NEED_ROOT | NEED_PFN, NOT_HUGE, compact },
	{ "ksm", "merged with a twin, which must stay as it was", NEED_KSM | NEED_PFN, MERGES,
	  merge },
	{ "ksm-zeros", "merged, and zeros with the zero page", NEED_KSM | NEED_PFN, MERGES,
	  merge_zeros },
	{ "ksm-unmerge", "merged and unmerged", NEED_KSM | NEED_PFN, MERGES, merge_and_unmerge },
	{ "move-pages", "move_pages to the other node and back", NEED_TWO_NODES, 0,
	  numa_move_pages },
	{ "mbind", "mbind with MPOL_MF_MOVE, there and back", NEED_TWO_NODES, 0, numa_mbind },
	{ "migrate-pages", "migrate_pages of all of the process", NEED_TWO_NODES, 0,
	  numa_migrate_pages },
	{ "numa-balancing", "hinting faults move pages to who uses them",
	  NEED_TWO_NODES | NEED_ROOT, NOT_HUGE, numa_balance },
	{ 0 },
};
