// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unshared-swapcache-reuse: reuse or copy, but never leak and never lose
 *
 * Story    Parent and child share pages; the child goes. The parent's next
 *          write may reuse the page, but the kernel has to be sure that nobody
 *          else looks at it: not the swap cache (whose reference it may drop),
 *          not a LRU batch (which it may drain), not a pipe or a pin of somebody
 *          who had it before. Reusing too readily leaks the write to them;
 *          copying too readily takes the page away from a pin of our own, and
 *          a reused page that nobody dirties is lost at the next reclaim.
 * Seen as  A pipe that gives the parent's later bytes; old data in a buffer
 *          that a device has filled; old data after the next swap-in.
 * Fixed    v5.18, 53a05ad9f21d (pages of the swap cache in do_wp_page) and
 *          c145e0b47c77 (do_swap_page): by page count, nothing else. CVE-2020-29374.
 * Steps    1 share by fork  2 the child reads, perhaps keeps a reference, exits
 *          3 the parent reads and writes  4 who held sees the old bytes, the
 *          parent its own, even after the next page-out.
 * Notes    How many pages were reused (same frame) is told as information: both
 *          ways are right.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGES 16
#define BYTES (PAGES * STAMP_PAGE)

enum { CHILD_READ, REWRITTEN, SWAPPED, REUSED, CHECKED };
enum { PLAIN = 1, PIPE = 2, PIN = 4, SWAP = 8, PTE_THP = 16, THP = 32, WRITE_FAULT = 64 };

#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	{ "swapped", "swapped before the fork, the child is gone", .needs = SWAPS, .arg = SWAP },
	{ "swapped-pipe", "the same, the child left them in a pipe", .needs = SWAPS,
	  .arg = SWAP | PIPE },
	{ "swapped-pipe-write", "the same, brought back by the parent's write fault",
	  .needs = SWAPS, .arg = SWAP | PIPE | WRITE_FAULT },
	{ "swapped-pin", "the same, then a registered buffer of the parent",
	  .needs = SWAPS | NEED_IO_URING, .arg = SWAP | PIN },
	{ "present", "present all the time, the child is gone", .arg = PLAIN },
	{ "present-pipe", "the same, the child left them in a pipe", .arg = PIPE },
	{ "pte-thp", "a PTE-mapped huge page, the child is gone", .needs = NEED_THP,
	  .arg = PTE_THP },
	{ "pte-thp-pipe", "the same, the child left pages in a pipe", .needs = NEED_THP,
	  .arg = PTE_THP | PIPE },
	{ "thp-pipe", "a PMD-mapped huge page, the child left pages in a pipe", .needs = NEED_THP,
	  .arg = THP | PIPE },
	{ 0 },
};

static const struct case_info info = {
	.name = "unshared-swapcache-reuse",
	.summary = "writes to pages whose last sharer has gone: reused or copied, never leaked",
	.tags = "anon thp swap fork vmsplice io_uring isolation security",
	.oracles = CASE_ISOLATION | CASE_COHERENCE,
	.refs = "linux-git:53a05ad9f21d linux-git:c145e0b47c77",
	.cve = "CVE-2020-29374",
	.fixed_in = "5.18",
	.threads = "S1",
	.lever = "a pipe keeps the child's reference",
	.seen = "5.10.223, swapped-pipe-write, thp-pipe: 20 of 20, 0.45 s",
	.counters = { { "child_read", true },
		      { "rewritten", true },
		      { "swapped" },
		      { "reused" },
		      { "checked", true } },
	.cells = cells,
};

static size_t page_out(struct map *map)
{
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

/* Reads everything, leaves what it was asked to in the pipe, and is gone. */
static void short_lived_child(struct case_ctx *c, struct map *map, int pipe)
{
	struct iovec vec = { map->at, BYTES };
	pid_t pid = fork();

	if (!pid) {
		child_bind();
		map_read(map);
		case_count(c, CHILD_READ, map->pages);
		if (pipe >= 0 && vmsplice(pipe, &vec, 1, 0) != BYTES)
			fail("vmsplice");
		_exit(0);
	}
	if (pid < 0 || child_wait(pid))
		fail("the child");
}

static bool pipe_is_old(struct case_ctx *c, struct map *map, int pipe)
{
	static char copy[BYTES] __attribute__((aligned(STAMP_PAGE)));

	for (size_t got = 0, n; got < BYTES; got += n) {
		n = read(pipe, copy + got, BYTES - got);
		if ((ssize_t)n <= 0)
			fail("reading the pipe");
	}
	return case_check_copy(c, map, copy, BYTES, 1, STAMP_CPU, "the child's pipe");
}

/* The parent's own pin, taken after the child went, must stay what it writes to. */
static void device_write(struct case_ctx *c, struct map *map)
{
	struct pin_ring *ring = pin_ring_open();
	int device = case_device(c, map, 2);

	pin_register(ring, map->at, map->len);
	madvise(map->at, map->len, MADV_PAGEOUT);
	map_touch(map);
	if (pin_read_fixed(ring, device, map->at, map->len, 0) != (ssize_t)map->len)
		fail("READ_FIXED was short");
	pin_unregister(ring);
	pin_ring_close(ring);
	close(device);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum stamp_writer writer = c->cell->arg & PIN ? STAMP_DEVICE : STAMP_CPU;
	int ends[2] = { -1, -1 };

	if (c->cell->arg & SWAP)
		case_count(c, SWAPPED, page_out(map));
	if (c->cell->arg & PIPE)
		pin_pipe(ends, BYTES);
	short_lived_child(c, map, ends[1]);
	if (!(c->cell->arg & WRITE_FAULT))
		map_read(map); /* in the swap cache, read-only, and ours alone again */
	map_remember(map);
	if (case_disturbs(c)) {
		if (c->cell->arg & PIN)
			device_write(c, map);
		else
			map_stamp(map, 2, STAMP_CPU); /* reuse or copy? */
		case_count(c, REWRITTEN, map->pages);
	}
	if (!(c->cell->arg & WRITE_FAULT)) /* else nobody saw the frame before */
		case_count(c, REUSED, map->pages - map_moved(map));
	case_count(c, CHECKED, map->pages);
	if (c->cell->arg & PIPE && !pipe_is_old(c, map, ends[0]))
		return CORRUPT;
	if (c->cell->arg & SWAP)
		page_out(map); /* what was reused must be dirty */
	if (c->cell->arg & PIPE) {
		close(ends[0]);
		close(ends[1]);
	}
	if (!case_disturbs(c))
		return PASS;
	return case_check_all(c, map, 2, writer) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum map_kind kind = c->cell->arg & PTE_THP ? MAP_KIND_PTE_THP
			     : c->cell->arg & THP   ? MAP_KIND_THP
						    : MAP_KIND_ANON;

	return case_trials(c, kind, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
