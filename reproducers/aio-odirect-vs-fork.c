// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * aio-odirect-vs-fork: two owners of one page must not lose each other's half
 *
 * Story    O_DIRECT works in sectors, the MMU in pages: the device can have one
 *          half of a page and a thread of the program the other. fork() write-
 *          protects the page; the thread writes to its half, is given a copy,
 *          and the device's half arrives in the page that nobody looks at.
 * Seen as  Old sectors after a successful read, where nobody ever wrote to them
 *          (the dma_thread_diotest of LTP, 2009).
 * Fixed    With a pin fork copies the page for the child instead: FUSE since
 *          v6.9, 738adade96b2; block devices since v6.5, a7e689dd1c06.
 * Steps    1 a read of the upper halves is in flight  2 fork  3 the lower halves
 *          are written  4 the read is complete  5 both halves are right.
 * Notes    Before that open(2) NOTES documents it: a hazard. The cell "aio" is a
 *          race (libaio on a real disk against fork and write), bounded and
 *          seeded; "held" and the rest of it are certain.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PAGES 16
#define HALF  (STAMP_PAGE / 2)

static struct hold *hold;
static struct pin_aio *aio;
static int disk;

enum { IN_FLIGHT, FORKS, MOVED, CHECKED };
enum { HELD, AIO };

static const struct case_cell cells[] = {
	{ "held", "the upper half of a page by a held read", .needs = NEED_FUSE, .arg = HELD,
	  .hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.9 on FUSE",
	  .hazard_before = "6.9" },
	{ "aio", "a race: libaio reads the upper half from a disk",
	  .needs = NEED_AIO | NEED_O_DIRECT, .arg = AIO,
	  .hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.5",
	  .hazard_before = "6.5" },
	{ 0 },
};

static const struct case_info info = {
	.name = "aio-odirect-vs-fork",
	.summary = "half a page by O_DIRECT, the other half by the CPU, while the process forks",
	.tags = "pin odirect aio fuse anon fork sub-page race",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:738adade96b2 linux-git:a7e689dd1c06",
	.fixed_in = "6.9",
	.threads = "S2",
	.lever = "FUSE hold; aio: race",
	.seen = "5.10.223, held: 20 of 20, 0.14 s; aio: 20 of 20, 0.7 s; both on 6.1.192",
	.rounds = 64,
	.counters = { { "in_flight", true }, { "forks", true }, { "moved" }, { "checked", true } },
	.cells = cells,
};

/* The device's half of PAGE, from a file that is laid out like the buffer. */
static void start_read(struct map *map, size_t page)
{
	size_t at = page * STAMP_PAGE + HALF;

	if (hold) {
		stamp_fill(&map->stamp, hold_device(hold), at, HALF, 2, STAMP_DEVICE);
		hold_read(hold, map->at + at, HALF);
	} else {
		pin_aio_read(aio, disk, map->at + at, HALF, at);
	}
}

static ssize_t end_read(void)
{
	return hold ? hold_release(hold) : pin_aio_wait(aio);
}

static bool check_halves(struct case_ctx *c, struct map *map, size_t page, unsigned int ours)
{
	size_t at = page * STAMP_PAGE;

	case_count(c, CHECKED, 1);
	return case_check(c, map, at + HALF, HALF, 2, STAMP_DEVICE) &&
	       case_check(c, map, at, HALF, ours, STAMP_CPU);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t page = rng_below(&c->rng, map->pages), at = page * STAMP_PAGE;
	pid_t child = 0;
	ssize_t got;

	map_remember(map);
	start_read(map, page);
	case_count(c, IN_FLIGHT, 1);
	if (case_disturbs(c)) {
		child = child_fork_idle();
		case_count(c, FORKS, 1);
	}
	stamp_fill(&map->stamp, map->at + at, at, HALF, 3, STAMP_CPU); /* a copy for the parent? */
	case_count(c, MOVED, map_moved(map));
	got = end_read();
	if (child)
		child_end(child);
	if (got == -EINVAL)
		return case_skip(c, "O_DIRECT of half a page: set LOSTWRITE_SCRATCH to a disk with "
				    "sectors of 512 bytes");
	if (got != HALF)
		fail("the read was short");
	return check_halves(c, map, page, 3) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	struct map all;

	if (c->cell->arg == HELD) {
		hold = hold_open();
		return case_trials(c, MAP_KIND_ANON, PAGES, trial);
	}
	if (!case_map(c, &all, MAP_KIND_ANON, PAGES, 0))
		return INCONCLUSIVE;
	disk = open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	if (disk < 0 || !stamp_file(&all.stamp, disk, all.len, 2, STAMP_DEVICE) || fsync(disk))
		fail("an O_DIRECT file in %s", res_scratch_dir());
	aio = pin_aio_open();
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
