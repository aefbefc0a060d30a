// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * softdirty-pinned: a pinned page stays soft-dirty, or keeps what its device writes
 *
 * Story    clear_refs write-protects pages. A device writes to a pinned page
 *          without a fault, so its bit says nothing; the kernel leaves pinned
 *          pages alone. If it did write-protect them, the next store could copy
 *          the page away from the device. And a pin of one small page of a huge
 *          one must not hide the stores to its 511 neighbours.
 * Seen as  Device data that a checkpoint misses, or that the program never sees.
 * Fixed    v5.11, 9348b73c2e1b: mm: don't play games with pinned pages in
 *          clear_page_refs.
 * Steps    1 register part with io_uring  2 clear_refs  3 store to one page that
 *          is not pinned  4 READ_FIXED into the pinned ones  5 each page whose
 *          content changed is soft-dirty  6 both sides see the device's bytes.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"
#include "track-check.h"

#include <fcntl.h>
#include <unistd.h>

#define PAGES 16

enum { PINNED, CLEARED, REPORTED, CHECKED };

static const struct case_cell cells[] = {
	{ "anon4k", "some of the pages pinned", .arg = MAP_KIND_ANON },
	{ "thp", "one small page of a huge page pinned", NEED_THP, .arg = MAP_KIND_THP },
	{ "pte-thp", "one small page of a PTE-mapped huge page pinned", NEED_THP,
	  .arg = MAP_KIND_PTE_THP },
	{ 0 },
};

static const struct case_info info = {
	.name = "softdirty-pinned",
	.summary = "soft-dirty tracking of memory of which a part is pinned",
	.tags = "soft-dirty pin io_uring thp tracking",
	.needs = NEED_SOFT_DIRTY | NEED_IO_URING,
	.oracles = CASE_TRACKING | CASE_COHERENCE,
	.refs = "linux-git:9348b73c2e1b",
	.broken_since = "5.9",
	.fixed_in = "5.11",
	.seen = "seeded (clear_refs: pinned pages protected) anon4k 0.2 s",
	.counters = { { "pinned", true },
		      { "cleared", true },
		      { "reported" },
		      { "checked", true } },
	.cells = cells,
};

/* The pages [first, first + n) are GENERATION by WRITER, all others generation 1. */
static bool check(struct case_ctx *c, struct map *map, size_t first, size_t n, unsigned int page,
		  size_t stored)
{
	size_t size = pagemap_page_size(), at = page * size;
	bool pinned = page >= first && page < first + n;
	unsigned int generation = pinned ? 2 : page == stored ? 3 : 1;

	return case_check(c, map, at, size, generation, pinned ? STAMP_DEVICE : STAMP_CPU);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	int device = case_device(c, map, 2);
	size_t page = pagemap_page_size(), first = 4, n = map->kind == MAP_KIND_ANON ? 4 : 1,
	       stored = map->pages - 2;
	bool written[PAGES * 32] = { false };
	struct pin_ring *ring = pin_ring_open();
	struct track track;
	bool good;

	pin_register(ring, map->at + first * page, n * page);
	case_count(c, PINNED, n);
	track_open(&track, TRACK_SOFT_DIRTY, map);
	if (case_disturbs(c)) {
		track_arm(&track);
		/* Of a folio with a pin the kernel may leave all alone: the control shows it. */
		case_count(c, CLEARED,
			   control->pages -
				   pagemap_count(control->at, control->len, PAGEMAP_SOFT_DIRTY));
	}
	map_remember(map);
	stamp_fill(&map->stamp, map->at + stored * page, stored * page, page, 3, STAMP_CPU);
	if (pin_read_fixed(ring, device, map->at + first * page, n * page, first * page) !=
	    (ssize_t)(n * page))
		fail("READ_FIXED was short");
	written[stored] = true;
	for (size_t i = first; i < first + n; i++)
		written[i] = true;
	track_collect(&track);
	good = track_check(c, map, &track, written, true);
	case_count(c, REPORTED, n + 1);
	for (size_t i = 0; good && i < map->pages; i++)
		good = check(c, map, first, n, i, stored);
	case_count(c, CHECKED, map->pages);
	track_stop(&track);
	pin_unregister(ring);
	pin_ring_close(ring);
	close(device);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
