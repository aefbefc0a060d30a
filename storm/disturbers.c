// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who rewrites page table entries: protection, place, size, bits of trackers.
 * None of it may change content, nor which page a pin and a mapping share.
 */
#include "fail.h"
#include "knob.h"
#include "pagemap.h"
#include "roles.h"
#include "uffd.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_PAGES 64

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* 5.7 */
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1 */
#endif

/*
 * PROT_EXEC comes and goes: the entries are made anew, and nobody loses access.
 * Before 5.19 they come back read-only, and the next store decides who owns the page.
 */
static bool protect(struct racer *a)
{
	struct storm_range range;

	if (!storm_range(a, &range, MOST_PAGES))
		return false;
	if (mprotect(range.at, range.len, PROT_READ | PROT_WRITE | PROT_EXEC))
		return false; /* a security module may forbid that */
	if (mprotect(range.at, range.len, PROT_READ | PROT_WRITE))
		fail("mprotect back to read and write");
	a->disturbed += range.len / pagemap_page_size();
	return true;
}

const struct role role_mprotecter = {
	.name = "mprotecter",
	.summary = "mprotect to executable and back",
	.kinds = ~(ROLE_KIND(HUGETLB)),
	.step = protect,
	.disturbs = true,
};

/*
 * Away and back. The place stays mapped and empty meanwhile, so that no other
 * mapping gets into it; its units are claimed, so that nobody stores there.
 */
static bool move(struct racer *a)
{
	struct arena_claim claim;
	size_t len;
	char *away;

	if (!storm_claim_pages(a, &claim, 8))
		return false;
	len = arena_bytes(&claim);
	away = mremap(arena_at(&claim), len, len, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (away != MAP_FAILED &&
	    mremap(away, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, arena_at(&claim)) == MAP_FAILED)
		fail("mremap back");
	if (away != MAP_FAILED)
		storm_check(a, &claim);
	arena_release(&claim);
	a->disturbed += len / pagemap_page_size();
	return away != MAP_FAILED;
}

const struct role role_mremapper = {
	.name = "mremapper",
	.summary = "mremap of some pages, away and back",
	.needs = NEED_DONTUNMAP,
	.kinds = ROLE_ANON,
	.step = move,
	.disturbs = true,
};

static bool lock(struct racer *a)
{
	struct storm_range range;

	if (!storm_range(a, &range, MOST_PAGES))
		return false;
	if (mlock(range.at, range.len))
		return false;
	munlock(range.at, range.len);
	a->disturbed += range.len / pagemap_page_size();
	return true;
}

const struct role role_mlocker = {
	.name = "mlocker",
	.summary = "mlock and munlock of some pages",
	.kinds = ~(ROLE_KIND(HUGETLB)),
	.step = lock,
	.disturbs = true,
};

/* Small pages to a large one where the kernel agrees, and its mapping split again. */
static bool regroup(struct racer *a)
{
	struct storm_range range;
	struct arena *arena = storm_arena(a);

	if (!arena || !storm_range(a, &range, 1))
		return false;
	madvise(arena->map.at, arena->map.len, MADV_HUGEPAGE);
	madvise(arena->map.at, arena->map.len, MADV_COLLAPSE);
	/* Another protection for one page and back splits the PMD. */
	mprotect(range.at, range.len, PROT_READ | PROT_WRITE | PROT_EXEC);
	mprotect(range.at, range.len, PROT_READ | PROT_WRITE);
	a->disturbed += arena->map.pages;
	return true;
}

const struct role role_regrouper = {
	.name = "regrouper",
	.summary = "MADV_COLLAPSE, and split again",
	.needs = NEED_THP,
	.kinds = ROLE_KIND(THP) | ROLE_KIND(PTE_THP),
	.step = regroup,
	.rest_us = 200,
	.disturbs = true,
};

/* Every page of the process is made read-only, to see the next write. */
static bool clear_refs(struct racer *a)
{
	if (!knob_write("/proc/self/clear_refs", "4"))
		return false;
	a->disturbed++;
	return true;
}

const struct role role_clear_refs = {
	.name = "clear-refs",
	.summary = "clears the soft-dirty bits of the process",
	.needs = NEED_SOFT_DIRTY,
	.kinds = ROLE_ANY,
	.step = clear_refs,
	.disturbs = true,
};

/* --- userfaultfd --- */

struct uffd {
	int fd;
	struct uffd_watch watch;
	struct arena *arena;
};

static void open_uffd(struct racer *a)
{
	struct uffd *u = a->own = storm_memory(a, sizeof(*u));

	u->arena = storm_arena(a);
	if (!u->arena)
		return;
	u->fd = uffd_open(UFFD_ANON);
	uffd_register(u->fd, u->arena->map.at, u->arena->map.len);
	uffd_watch_start(&u->watch, u->fd, u->arena->map.at, u->arena->map.len,
			 pagemap_page_size());
}

static void close_uffd(struct racer *a)
{
	struct uffd *u = a->own;

	if (!u->arena)
		return;
	uffd_watch_stop(&u->watch);
	close(u->fd);
}

/* Armed, and lifted at once or by whoever writes. */
static bool arm(struct racer *a)
{
	struct uffd *u = a->own;
	size_t page = pagemap_page_size(), first, pages;
	char *at;

	if (!u->arena)
		return false;
	first = rng_below(&a->rng, u->arena->map.pages);
	pages = 1 + rng_below(&a->rng, u->arena->map.pages - first);
	at = u->arena->map.at + first * page;
	uffd_protect(u->fd, at, pages * page, true);
	if (rng_below(&a->rng, 2))
		uffd_protect(u->fd, at, pages * page, false);
	a->disturbed += pages;
	return true;
}

const struct role role_uffd_toggler = {
	.name = "uffd-toggler",
	.summary = "write-protects some pages by userfaultfd and lifts it again",
	.needs = NEED_UFFD_WP | NEED_UFFD_KERNEL,
	.kinds = ROLE_ANON,
	.open = open_uffd,
	.step = arm,
	.close = close_uffd,
	.disturbs = true,
};

static bool compact(struct racer *a)
{
	if (!knob_write("/proc/sys/vm/compact_memory", "1"))
		return false;
	a->disturbed++;
	return true;
}

const struct role role_compactor = {
	.name = "compactor",
	.summary = "compacts memory: pages move to other frames",
	.needs = NEED_COMPACTION,
	.kinds = ROLE_ANY,
	.step = compact,
	.rest_us = 2000,
	.disturbs = true,
};
