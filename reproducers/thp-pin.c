// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thp-pin: part of a huge page under I/O must stay where it is
 *
 * Story    A huge page is mapped by one PMD, or by 512 PTEs after a split; what
 *          the kernel knows of its sharing it knew for long for the huge page
 *          as a whole. I/O holds 32 of its pages; a disturbance write-protects
 *          or splits the mapping, shares it by fork, or wants to swap it out. A
 *          write fault that then takes those pages for shared copies them away
 *          from the device.
 * Seen as  Old data after a successful read, on machines with huge pages only.
 * Fixed    v5.19, 6c287605fd56: each subpage knows that it is exclusive. The
 *          PMD's part v5.18, 3bff7e3f1f16. Broken since v5.9, 09854ba94c6a.
 * Steps    1 hold 32 pages  2 disturb the huge page  3 write fault  4 the read
 *          comes in  5 the 32 pages hold the device's data, the rest its own.
 * Notes    For O_DIRECT fork is a documented hazard until FUSE pins (6.9): see
 *          odirect-read-vs-fork.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "pin.h"

#include <sys/mman.h>
#include <unistd.h>

#define FROM (16 * STAMP_PAGE)
#define LEN  (32 * STAMP_PAGE) /* one FUSE request */

static struct hold *hold; /* one of the two */
static struct pin_ring *ring;

enum { HELD, DISTURBED, MOVED, CHECKED };

enum disturb { MPROTECT, SPLIT, MREMAP, FORK, PAGEOUT, DISTURBS = 15, URING = 16, PTE = 32 };

/* Each disturbance with O_DIRECT in flight and with a registered buffer. */
#define CELLS(map, name, what, more_needs, bits, ...)                                           \
	{ map ".odirect-" name, "O_DIRECT in flight, " what, .needs = NEED_FUSE | (more_needs), \
	  .arg = (bits), __VA_ARGS__ },                                                         \
	{                                                                                       \
		map ".uring-" name, "registered, " what, .needs = NEED_IO_URING | (more_needs), \
							 .arg = URING | (bits)                  \
	}
#define HAZARD                                                                               \
	.hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.9 on " \
		  "FUSE",                                                                    \
	.hazard_before = "6.9"
#define SWAPS (NEED_SWAP | NEED_PAGEOUT)

static const struct case_cell cells[] = {
	CELLS("mapped", "mprotect", "read-only and back", 0, MPROTECT),
	CELLS("mapped", "split", "the PMD split", 0, SPLIT),
	CELLS("mapped", "fork", "forked", 0, FORK, HAZARD),
	CELLS("mapped", "pageout", "paged out", SWAPS, PAGEOUT),
	CELLS("ptemapped", "mprotect", "read-only and back", 0, PTE | MPROTECT),
	CELLS("ptemapped", "mremap", "moved read-only", 0, PTE | MREMAP),
	CELLS("ptemapped", "fork", "forked", 0, PTE | FORK, HAZARD),
	CELLS("ptemapped", "pageout", "paged out", SWAPS, PTE | PAGEOUT),
	{ 0 },
};

static const struct case_info info = {
	.name = "thp-pin",
	.summary =
		"I/O into part of a huge page that is protected, split, moved, shared or swapped",
	.tags = "pin odirect fuse io_uring thp fork mprotect mremap reclaim",
	.needs = NEED_THP,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56 linux-git:3bff7e3f1f16 linux-git:09854ba94c6a",
	.broken_since = "5.9",
	.fixed_in = "5.19",
	.threads = "S1 S2",
	.lever = "FUSE hold; io_uring registered buffer",
	.seen = "5.10.223, ptemapped mprotect and mremap: 20 of 20, 0.47 s; odirect-fork: 20 of 20, 0.55 s",
	.seconds = 20,
	.rounds = 2,
	.counters = { { "held", true }, { "disturbed", true }, { "moved" }, { "checked", true } },
	.cells = cells,
};

static void protect(const struct map *map, size_t len, int prot)
{
	if (mprotect(map->at, len, prot))
		fail("mprotect");
}

static void move_there_and_back(const struct map *map)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	void *place = mmap(NULL, map->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mremap(map->at, map->len, map->len, flags, place) != place ||
	    mremap(place, map->len, map->len, flags, map->at) != map->at)
		fail("mremap there and back");
}

/* Disturbs one huge page; did it take effect? */
static bool disturb(enum disturb how, const struct map *map)
{
	bool done = true;

	switch (how & DISTURBS) {
	case MPROTECT:
	case MREMAP:
		protect(map, map->len, PROT_READ);
		done = !pagemap_writable(map->at);
		if ((how & DISTURBS) == MREMAP)
			move_there_and_back(map);
		break;
	case SPLIT: /* another protection for one page needs PTEs */
		protect(map, STAMP_PAGE, PROT_READ);
		done = !pagemap_smaps_kb(map->at, "AnonHugePages:");
		break;
	case PAGEOUT:
		madvise(map->at, map->len, MADV_PAGEOUT);
		done = pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
		map_read(map);
		break;
	}
	protect(map, map->len, PROT_READ | PROT_WRITE);
	return done;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum disturb how = c->cell->arg;
	int device = case_device(c, map, 2);
	pid_t child = 0;
	ssize_t got;
	bool good;

	map_remember(map);
	if (ring) {
		pin_register(ring, map->at + FROM, LEN);
	} else {
		stamp_fill(&map->stamp, hold_device(hold), FROM, LEN, 2, STAMP_DEVICE);
		hold_read(hold, map->at + FROM, LEN);
	}
	case_count(c, HELD, LEN / STAMP_PAGE);
	if (case_disturbs(c)) {
		if ((how & DISTURBS) == FORK)
			child = child_fork_idle();
		disturb(how, map);
		case_count(c, DISTURBED, disturb(how, control));
	}
	map_touch(map); /* broken kernels copy here */
	case_count(c, MOVED, map_moved(map));
	got = ring ? pin_read_fixed(ring, device, map->at + FROM, LEN, FROM) : hold_release(hold);
	if (got != LEN)
		fail("the read was short");
	if (child)
		child_end(child);

	case_count(c, CHECKED, map->pages);
	good = case_check(c, map, FROM, LEN, 2, STAMP_DEVICE) &&
	       case_check(c, map, 0, FROM, 1, STAMP_CPU) &&
	       case_check(c, map, FROM + LEN, map->len - FROM - LEN, 1, STAMP_CPU) &&
	       case_check_all(c, control, 1, STAMP_CPU);
	if (ring)
		pin_unregister(ring);
	close(device);
	return good ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict;

	if (c->cell->arg & URING)
		ring = pin_ring_open();
	else
		hold = hold_open();
	verdict = case_trials(c, c->cell->arg & PTE ? MAP_KIND_PTE_THP : MAP_KIND_THP, 1, trial);
	if (hold)
		hold_close(hold);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
