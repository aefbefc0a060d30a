// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uffdwp-ksm: a write-protected page that KSM merges stays write-protected
 *
 * Story    KSM replaces equal pages by one and writes a new PTE for it,
 *          replace_page(), made from the VMA's protection alone. The old PTE's
 *          write-protect bit (and its soft-dirty bit) is not asked for.
 * Seen as  A live snapshot of a VM whose memory is mergeable misses the first
 *          write to every page that was merged after it began.
 * Fixed    Nowhere known.
 * Steps    1 write-protect  2 write a quarter  3 let ksmd merge two twins, and
 *          our pages with theirs  4 write another quarter  5 both were reported,
 *          nothing else  6 the content is right.
 * Notes    Seen on 6.18: each of the writes is missed; in async mode each merged
 *          page is reported. 7.2's replace_page() reads the same.
 */
#include "deadline.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"
#include "track-check.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

static const struct case_cell cells[] = {
	{ "uffd-wp", "notifications", NEED_UFFD_WP, .arg = TRACK_UFFD },
	{ "uffd-wp-async", "PAGEMAP_SCAN", NEED_UFFD_ASYNC | NEED_SCAN, .arg = TRACK_ASYNC },
	{ "soft-dirty", "soft-dirty bits", NEED_SOFT_DIRTY, .arg = TRACK_SOFT_DIRTY },
	{ 0 },
};

static const struct case_info info = {
	.name = "uffdwp-ksm",
	.summary = "tracking must survive KSM merging",
	.tags = "uffd-wp soft-dirty ksm tracking",
	.needs = NEED_KSM | NEED_PFN,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.open = "KSM makes a PTE without the tracker's bit; no fix known 2026-11",
	.seen = "7.2.13: 58 of 58, 0.2 s; 6.18.44, 6.12.117, 5.10.0-46",
	.counters = { TRACK_COUNTERS },
	.cells = cells,
};

/* The pages that A and B share. */
static size_t merged(const char *a, const char *b, size_t len)
{
	size_t n = 0, page = pagemap_page_size();
	uint64_t pfn;

	for (size_t at = 0; at < len; at += page) {
		pfn = pagemap_of(a + at).pfn;
		n += pfn && pfn == pagemap_of(b + at).pfn;
	}
	return n;
}

static size_t wait_merged(const char *a, const char *b, size_t len)
{
	struct deadline d = deadline_in(2000);
	size_t n = 0;

	while (n < len / pagemap_page_size() && deadline_wait(&d))
		n = merged(a, b, len);
	return n;
}

static char *mergeable(const struct map *map)
{
	char *twin =
		mmap(NULL, map->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (twin == MAP_FAILED)
		fail("a twin");
	memcpy(twin, map->at, map->len);
	if (madvise(twin, map->len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	return twin;
}

/*
 * Two twins with the content of now are merged first: then their page is the
 * one that stays, and it is our PTE that is replaced.
 */
static size_t merge(struct case_ctx *c, struct map *map)
{
	char *one = mergeable(map), *two = mergeable(map);
	size_t n;

	if (!res_write("/sys/kernel/mm/ksm/pages_to_scan", "2000") ||
	    !res_write("/sys/kernel/mm/ksm/sleep_millisecs", "1") ||
	    !res_write("/sys/kernel/mm/ksm/run", "1"))
		fail("%s", res_why());
	wait_merged(one, two, map->len);
	if (madvise(map->at, map->len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	n = wait_merged(map->at, one, map->len);
	munmap(one, map->len);
	munmap(two, map->len);
	return n;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	return track_trial(c, map, c->cell->arg, TRACK_BEFORE | TRACK_AFTER, merge);
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
