// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-coalesce: a registered buffer of large folios must name the right pages
 *
 * Story    When all pages of a buffer lie in large folios, io_uring remembers
 *          one long segment instead of a list of pages. It has to be sure that
 *          they follow each other: a buffer can map one page of a folio many
 *          times, or its folios in another order. The code that looked only at
 *          "the same folio" wrote past the end of the page.
 * Seen as  READ_FIXED writes to memory that is not in the buffer at all, which
 *          is as bad as it sounds.
 * Fixed    CVE-2023-2598: v6.4, 776617db78c6 (6.3.2); broken in v6.3 only.
 *          Coalescing of several folios came later and is the same hazard.
 * Steps    1 a buffer whose pages do not follow each other  2 WRITE_FIXED shows
 *          its bytes  3 READ_FIXED fills it, and nothing else.
 * Notes    The page that is mapped many times is one of a huge page, so that
 *          even a broken kernel hurts nobody but us. No kernel at hand has the
 *          bug: seen to fail under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE  (2u << 20)
#define PAGES 16
#define SHMEM "/sys/kernel/mm/transparent_hugepage/shmem_enabled"

enum { LARGE_FOLIO, REGISTERED, CHECKED };
enum { SAME_PAGE, REVERSED, PLAIN };

static struct pin_ring *ring;

static const struct case_cell cells[] = {
	{ "same-page", "one page of a huge page, sixteen times", .arg = SAME_PAGE },
	{ "reversed", "the pages of a huge page, the last one first", .arg = REVERSED },
	{ "in-order", "the pages of a huge page in their order: may be coalesced", .arg = PLAIN },
	{ 0 },
};

static const struct case_info info = {
	.name = "uring-coalesce",
	.summary = "registered buffers whose pages lie in one folio but not one after the other",
	.tags = "pin io_uring shmem thp security",
	.needs = NEED_IO_URING | NEED_THP | NEED_ROOT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:776617db78c6",
	.cve = "CVE-2023-2598",
	.broken_since = "6.3",
	.fixed_in = "6.4",
	.lever = "one mapping of one folio",
	.counters = { { "large_folio", true }, { "registered", true }, { "checked", true } },
	.cells = cells,
};

/* All of the file, as one huge page; false if shmem gave none. */
static bool make_folio(struct case_ctx *c, struct map *map)
{
	*map = (struct map){ .kind = MAP_KIND_MEMFD,
			     .len = HUGE,
			     .pages = HUGE / pagemap_page_size(),
			     .area_len = 2 * HUGE,
			     .stamp = stamp_make(c->seed, 0),
			     .fd = memfd_create("lostwrite", MFD_CLOEXEC) };
	map->frames = calloc(map->pages, sizeof(*map->frames));
	map->area = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map->at = (char *)(((uintptr_t)map->area + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
	if (map->fd < 0 || ftruncate(map->fd, HUGE) || !map->frames || map->area == MAP_FAILED ||
	    mmap(map->at, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, map->fd, 0) !=
		    map->at ||
	    madvise(map->at, HUGE, MADV_HUGEPAGE))
		fail("a huge page of shmem");
	map_stamp(map, 1, STAMP_CPU);
	return pagemap_smaps_kb(map->at, "ShmemPmdMapped:") == HUGE >> 10;
}

/* Which page of the file is page I of the buffer? */
static size_t page_of(struct case_ctx *c, size_t i)
{
	return c->cell->arg == SAME_PAGE ? 0 : c->cell->arg == REVERSED ? PAGES - 1 - i : i;
}

static char *map_buffer(struct case_ctx *c, const struct map *map)
{
	char *at = mmap(NULL, PAGES * STAMP_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < PAGES; i++)
		if (mmap(at + i * STAMP_PAGE, STAMP_PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, map->fd, page_of(c, i) * STAMP_PAGE) == MAP_FAILED)
			fail("mapping page %zu", i);
	return at;
}

/* WRITE_FIXED must show the pages that are mapped, READ_FIXED must write to them alone. */
static bool check(struct case_ctx *c, struct map *map, char *buffer, int in, int out)
{
	static char copy[PAGES * STAMP_PAGE];
	size_t used = c->cell->arg == SAME_PAGE ? 1 : PAGES, len = PAGES * STAMP_PAGE;
	struct stamp_bad bad;

	if (pin_write_fixed(ring, out, buffer, len, 0) != (ssize_t)len ||
	    pread(out, copy, len, 0) != (ssize_t)len)
		fail("WRITE_FIXED was short");
	for (size_t i = 0; i < PAGES; i++)
		if (!stamp_verify(&map->stamp, copy + i * STAMP_PAGE, page_of(c, i) * STAMP_PAGE,
				  STAMP_PAGE, 1, STAMP_CPU, &bad)) {
			case_diagnose(c, map, &bad, map->pages, "WRITE_FIXED read ", "a copy");
			return false;
		}
	/* Backwards, so that the file's page 0 is the device's page 0 in each layout. */
	for (size_t i = PAGES; i-- > 0;)
		if (pin_read_fixed(ring, in, buffer + i * STAMP_PAGE, STAMP_PAGE,
				   page_of(c, i) * STAMP_PAGE) != STAMP_PAGE)
			fail("READ_FIXED was short");
	return case_check(c, map, 0, used * STAMP_PAGE, 2, STAMP_DEVICE) &&
	       case_check(c, map, used * STAMP_PAGE, HUGE - used * STAMP_PAGE, 1, STAMP_CPU);
}

static enum verdict trial(struct case_ctx *c, struct map *map)
{
	int in = case_device(c, map, 2), out = memfd_create("lostwrite-out", MFD_CLOEXEC);
	char *buffer = map_buffer(c, map);
	bool good;

	map_read(map);
	pin_register(ring, buffer, PAGES * STAMP_PAGE); /* broken kernels coalesce here */
	case_count(c, REGISTERED, case_disturbs(c) ? PAGES : 0);
	good = check(c, map, buffer, in, out);
	case_count(c, CHECKED, map->pages);
	pin_unregister(ring);
	munmap(buffer, PAGES * STAMP_PAGE);
	close(in);
	close(out);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	struct map map;

	if (!res_write(SHMEM, "advise"))
		return case_skip(c, "huge pages of shmem: %s", res_why());
	ring = pin_ring_open();
	while (verdict == PASS && case_round(c)) {
		if (!make_folio(c, &map))
			return case_inconclusive(c, "shmem gave no huge page");
		case_count(c, LARGE_FOLIO, 1);
		verdict = trial(c, &map);
		map_free(&map);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
