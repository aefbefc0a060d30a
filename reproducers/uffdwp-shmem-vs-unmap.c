// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-shmem-vs-unmap: whatever unmaps a write-protected shmem page must leave a marker
 *
 * Story    The write-protect bit of userfaultfd lives in the PTE. A shmem page
 *          stays in its file when it is unmapped, so nothing else need stay in
 *          the PTE, and with the PTE the bit would be gone. Each way of
 *          unmapping, moving and copying page tables must keep a marker; each
 *          fault on a marker must protect what it maps.
 * Seen as  A snapshot or a live migration that misses the page for ever.
 * Fixed    The feature came with the markers in v5.19: 999dad824c39 (they survive
 *          zapping), 9c28a205c061 (faults honour them), c56d1b62cce8 (fork),
 *          deb4c93a9871 (collapse keeps the page table). A kernel that loses
 *          them has regressed.
 * Steps    1 write-protect  2 unmap in one of the ways  3 write a quarter
 *          4 that quarter was reported, nothing else  5 the content is right.
 */
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"
#include "track-check.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64
#define HUGE  (512 * 4096ul)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif

static size_t absent(const struct map *map)
{
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
}

/* Swapped and read back: the read fault finds the marker and maps read-only. */
static size_t swap_in(struct case_ctx *c, struct map *map)
{
	size_t out;

	madvise(map->at, map->len, MADV_PAGEOUT);
	out = map_wait_out(map, 1000);
	map_read(map);
	return out;
}

/* shmem_unuse() puts pages back into the file; the PTE's marker is not its business. */
static size_t swap_off(struct case_ctx *c, struct map *map)
{
	size_t out;

	madvise(map->at, map->len, MADV_PAGEOUT);
	out = map_wait_out(map, 1000);
	if (!res_swap_cycle())
		fail("%s", res_why());
	return out;
}

/* The page stays in the file, the PTE is zapped. */
static size_t dontneed(struct case_ctx *c, struct map *map)
{
	if (madvise(map->at, map->len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	return absent(map);
}

/* The child writes; its page table is a copy without protection, the parent's is not. */
static size_t fork_writer(struct case_ctx *c, struct map *map)
{
	pid_t pid = fork();

	if (!pid) {
		map_touch(map);
		_exit(pagemap_count(map->at, map->len, PAGEMAP_UFFD_WP) ? 1 : 0);
	}
	if (pid < 0)
		fail("fork");
	if (child_wait(pid))
		case_ghost(c, map, 0, map->pages, "left write-protected in a child");
	return map->pages;
}

/* Away and back with EVENT_REMAP: markers move with the page table. */
static size_t remap(struct case_ctx *c, struct map *map)
{
	char *place = mmap(NULL, map->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (place == MAP_FAILED || madvise(map->at, map->len / 2, MADV_DONTNEED) ||
	    mremap(map->at, map->len, map->len, flags, place) != place ||
	    mremap(place, map->len, map->len, flags, map->at) != map->at)
		fail("mremap there and back");
	return map->pages;
}

/*
 * The file's pages become a huge one, and are unmapped for it. The page table must
 * not be thrown away: the markers are in it. So madvise() fails in the end.
 */
static size_t collapse(struct case_ctx *c, struct map *map)
{
	madvise(map->at, map->len, MADV_COLLAPSE);
	return absent(map);
}

/* A huge page needs its place: the map moves to an area of its own. */
static void align(struct map *map)
{
	char *area = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *place = (char *)(((uintptr_t)area + HUGE - 1) / HUGE * HUGE);

	if (area == MAP_FAILED ||
	    mremap(map->at, map->len, map->len, MREMAP_MAYMOVE | MREMAP_FIXED, place) != place)
		fail("moving to where a huge page can be");
	munmap(map->area, map->area_len);
	map->area = area;
	map->area_len = 2 * HUGE;
	map->at = place;
}

static size_t (*const ways[])(struct case_ctx *c, struct map *map) = { swap_in,	 swap_off,
								       dontneed, fork_writer,
								       remap,	 collapse };

enum { SWAP_IN, SWAP_OFF, DONTNEED, FORK, REMAP, COLLAPSE };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "swapin", "paged out, then read", SWAPS, .arg = SWAP_IN },
	{ "swapoff", "paged out, then swapoff", SWAPS | NEED_ROOT, .arg = SWAP_OFF },
	{ "dontneed", "MADV_DONTNEED of the mapping", .arg = DONTNEED },
	{ "fork", "a child that writes", .arg = FORK },
	{ "mremap", "moved away and back, with EVENT_REMAP", NEED_ROOT, .arg = REMAP },
	{ "collapse", "MADV_COLLAPSE of the file's pages", NEED_THP, .arg = COLLAPSE },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-shmem-vs-unmap",
	.summary = "uffd-wp of shmem must survive every way of unmapping",
	.tags = "uffd-wp shmem swap fork tracking",
	.needs = NEED_UFFD_SHMEM,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39 linux-git:9c28a205c061 linux-git:c56d1b62cce8 "
		"linux-git:deb4c93a9871",
	.fixed_in = "5.19",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum track_kind kind = c->cell->arg == REMAP ? TRACK_UFFD_EVENTS : TRACK_UFFD;

	if (c->cell->arg == COLLAPSE)
		align(map);
	return track_trial(c, map, kind, TRACK_BEFORE | TRACK_AFTER, ways[c->cell->arg]);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_MEMFD, c->cell->arg == COLLAPSE ? HUGE / 4096 : PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
