// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-shmem-vs-pageout: a write to a paged-out, write-protected page is reported
 *
 * Story    The write-protect bit of userfaultfd lives in the PTE. A shmem page
 *          is not anonymous: when reclaim unmaps it nothing need stay in the
 *          PTE, and with the PTE the bit would be gone. A marker has to take
 *          its place; without it the next write is not reported.
 * Seen as  A snapshot or a live migration that misses the page for ever.
 * Fixed    The feature came with the markers in v5.19: 999dad824c39 (they
 *          survive unmapping), 9c28a205c061 (faults honour them). A kernel that
 *          loses them has regressed.
 * Steps    1 write-protect by userfaultfd  2 page out  3 write every page
 *          4 each was reported  5 the content is right.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "uffd.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { ARMED, PAGED_OUT, REPORTED, CHECKED };

static const struct case_cell cells[] = {
	{ "shared-anon", "MAP_SHARED | MAP_ANONYMOUS", .arg = MAP_KIND_SHARED_ANON },
	{ "memfd", "MAP_SHARED of a memfd", .arg = MAP_KIND_MEMFD },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-shmem-vs-pageout",
	.summary = "uffd-wp of shmem must survive reclaim",
	.tags = "uffd-wp shmem swap reclaim tracking",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_UFFD_SHMEM,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:999dad824c39 linux-git:9c28a205c061",
	.fixed_in = "5.19",
	.threads = "S4",
	.lever = "page out",
	.counters = { { "armed", true },
		      { "paged_out", true },
		      { "reported" },
		      { "checked", true } },
	.cells = cells,
};

/* Every page was written once since arming, so each must have been reported. */
static bool all_reported(struct case_ctx *c, struct map *map, struct uffd_watch *watch)
{
	size_t reported;

	if (case_injects(c, "unreported"))
		watch->reported[rng_below(&c->rng, map->pages)] = 0;
	reported = uffd_watch_pages(watch);
	case_count(c, REPORTED, reported);
	for (size_t page = 0; page < map->pages; page++)
		if (!watch->reported[page])
			return case_unreported(c, map, page, map->pages - reported);
	return true;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (unsigned long)map->at, .len = map->len },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int uffd = uffd_open(UFFD_SHMEM);
	struct uffd_watch watch;
	bool reported;

	uffd_register(uffd, map->at, map->len);
	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		fail("UFFDIO_WRITEPROTECT");
	case_count(c, ARMED, pagemap_count(map->at, map->len, PAGEMAP_UFFD_WP));
	map_remember(map);
	if (case_disturbs(c)) {
		madvise(map->at, map->len, MADV_PAGEOUT);
		madvise(control->at, control->len, MADV_PAGEOUT);
	}
	case_count(c, PAGED_OUT, case_disturbs(c) ? map_wait_out(map, 1000) : 0);

	uffd_watch_start(&watch, uffd, map->at, map->len);
	map_stamp(map, 2, STAMP_CPU);
	reported = all_reported(c, map, &watch);
	uffd_watch_stop(&watch);

	case_count(c, CHECKED, map->pages);
	if (!reported || !case_check_all(c, map, 2, STAMP_CPU) ||
	    !case_check_all(c, control, 1, STAMP_CPU)) /* never armed: just paged out */
		return CORRUPT;
	close(uffd);
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
