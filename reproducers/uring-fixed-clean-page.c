// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-fixed-clean-page: data read into a registered buffer must survive reclaim
 *
 * Story    io_uring pins registered buffers through gup-fast, which leaves the
 *          dirty bit of a writable, clean PTE alone; reads into a registered
 *          buffer do not dirty its pages, and unregistering unpins them without
 *          dirtying. A page that was clean when it was registered is still
 *          clean after the device has written to it, and reclaim drops it.
 * Seen as  READ_FIXED succeeded, the data was there, and after some memory
 *          pressure the old content is back, or zeros.
 * Fixed    Nowhere yet (2026-11, 7.2). The swap cache variant came with v6.11,
 *          c18160dba5ff, which maps an exclusive page writable on a read fault;
 *          the MADV_FREE ones are older. Up to 6.12 a page that reclaim tried
 *          and could not free while it was registered was safe from then on.
 * Steps    1 make the page clean  2 register  3 READ_FIXED  4 unregister
 *          5 page out  6 the buffer holds the device's data.
 * Notes    The controls bring the same data to the same clean page by a CPU
 *          write and by an ordinary O_DIRECT read; those dirty it. It needs
 *          swap on a disk: zram is synchronous and skips the swap cache.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64

enum { CLEAN, WRITTEN, PAGED_OUT, CHECKED };
enum writer { FIXED, FIXED_RECLAIMED, DIRECT, CPU };
enum { SWAPCACHE = 0, LAZYFREE = 8 }; /* or-ed to the writer */

#define OPEN_SINCE_6_11 "since 6.11, no fix known 2026-11"
#define OPEN_ALL	"in all kernels with registered buffers, no fix known 2026-11"
#define OPEN_RECLAIMED	"in 6.18, not yet in 6.12, no fix known 2026-11"

static const struct case_cell cells[] = {
	{ "swapcache", "clean in the swap cache, mapped writable by a read fault",
	  .needs = NEED_IO_URING, .open = OPEN_SINCE_6_11, .arg = SWAPCACHE | FIXED },
	{ "lazyfree", "given to MADV_FREE and not touched since", .needs = NEED_IO_URING,
	  .open = OPEN_ALL, .arg = LAZYFREE | FIXED },
	{ "lazyfree-registered", "the same, and reclaim tries while it is registered",
	  .needs = NEED_IO_URING, .open = OPEN_RECLAIMED, .arg = LAZYFREE | FIXED_RECLAIMED },
	{ "swapcache-control-odirect", "control: an ordinary O_DIRECT read", .needs = NEED_O_DIRECT,
	  .arg = SWAPCACHE | DIRECT },
	{ "lazyfree-control-odirect", "control: an ordinary O_DIRECT read", .needs = NEED_O_DIRECT,
	  .arg = LAZYFREE | DIRECT },
	{ "swapcache-control-cpu", "control: a CPU write", .arg = SWAPCACHE | CPU },
	{ "lazyfree-control-cpu", "control: a CPU write", .arg = LAZYFREE | CPU },
	{ 0 },
};

static const struct case_info info = {
	.name = "uring-fixed-clean-page",
	.summary = "READ_FIXED into pages that were clean when they were registered",
	.tags = "pin io_uring anon swap reclaim open",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:c18160dba5ff",
	.lever = "clean pages, known by pagemap",
	.seen = "lazyfree on all: 5.10.223 20 of 20, 0.15 s; swapcache on 6.12, 6.18, 7.2",
	.rounds = 2,
	.counters = { { "clean", true },
		      { "written", true },
		      { "paged_out", true },
		      { "checked", true } },
	.cells = cells,
};

/* A lazily freed page that was dirtied again is only kept at first, and goes at the second try. */
static size_t page_out(struct map *map)
{
	size_t out = 0;

	map_remember(map);
	for (int tries = 0; tries < 3 && out < map->pages; tries++) {
		madvise(map->at, map->len, MADV_PAGEOUT);
		out = map_wait_out(map, 20);
	}
	return out;
}

/* Leaves every page present and clean; the number that really are. */
static size_t make_clean(struct map *map, bool lazyfree)
{
	if (lazyfree) {
		if (madvise(map->at, map->len, MADV_FREE))
			fail("MADV_FREE");
		/* Lazily freed pages are clean and no longer swap-backed. */
		return map->pages - pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_SWAPBACKED);
	}
	page_out(map);
	map_read(map); /* from the swap cache or the disk: a read fault, so clean */
	return pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_SWAPCACHE) -
	       pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_DIRTY);
}

static void read_fixed(struct map *map, struct pin_ring *ring, int device)
{
	pin_register(ring, map->at, map->len); /* pinned, and still clean */
	if (pin_read_fixed(ring, device, map->at, map->len, 0) != (ssize_t)map->len)
		fail("READ_FIXED was short");
}

static void read_direct(struct map *map)
{
	int fd = open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);

	if (fd < 0 || !stamp_file(&map->stamp, fd, map->len, 2, STAMP_DEVICE))
		fail("an O_DIRECT file in %s", res_scratch_dir());
	if (pread(fd, map->at, map->len, 0) != (ssize_t)map->len)
		fail("O_DIRECT read");
	close(fd);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum writer writer = c->cell->arg & ~LAZYFREE;
	bool lazyfree = c->cell->arg & LAZYFREE;
	struct pin_ring *ring = writer <= FIXED_RECLAIMED ? pin_ring_open() : NULL;
	int device = case_device(c, map, 2);

	case_count(c, CLEAN, case_disturbs(c) ? make_clean(map, lazyfree) : 0);
	if (ring)
		read_fixed(map, ring, device);
	else if (writer == DIRECT)
		read_direct(map);
	else
		map_stamp(map, 2, STAMP_DEVICE);
	case_count(c, WRITTEN, map->pages);
	if (writer == FIXED_RECLAIMED)
		madvise(map->at, map->len, MADV_PAGEOUT); /* refused: pinned */
	if (ring)
		pin_unregister(ring); /* unpinned, and not dirtied */
	case_count(c, PAGED_OUT, page_out(map));
	page_out(control);
	if (ring)
		pin_ring_close(ring);
	close(device);

	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 2, STAMP_DEVICE) ||
	    !case_check_all(c, control, 1, STAMP_CPU)) /* swapped, and not written since */
		return CORRUPT;
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
