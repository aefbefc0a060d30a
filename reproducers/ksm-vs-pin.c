// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ksm-vs-pin: KSM must leave pages alone that a device writes to
 *
 * Story    KSM compares pages and maps equal ones to one frame, read-only. If it
 *          merges a page under I/O, the program looks at the merged frame while
 *          the device fills the old one; if it lets a device have a merged
 *          frame, the device writes into everybody's memory.
 * Seen as  Old data after a successful read, or a device's data in the memory of
 *          others, on hosts that merge their guests.
 * Fixed    Never broken for long: write_protect_page() steps back when a page
 *          has more references than mappings. v5.19, 6c287605fd56, asks
 *          PG_anon_exclusive as well. A kernel that does not has regressed.
 * Steps    1 pin  2 let KSM merge  3 write fault  4 the read comes in  5 the
 *          buffer holds the device's data, its twin does not.
 * Notes    No kernel at hand has the bug: seen to fail under --inject only.
 */
#include "case.h"
#include "deadline.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "pin.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16
#define SCANS "/sys/kernel/mm/ksm/full_scans"

enum { PINNED, SCANNED, CONTROL_MERGED, PINNED_MERGED, CHECKED };
enum { ODIRECT, URING, MERGED_FIRST };

static struct hold *hold;
static struct pin_ring *ring;

static const struct case_cell cells[] = {
	{ "odirect", "O_DIRECT in flight while KSM scans", .needs = NEED_FUSE, .arg = ODIRECT },
	{ "uring", "registered while KSM scans", .needs = NEED_IO_URING, .arg = URING },
	{ "merged-first", "merged, then registered: it must be unmerged first",
	  .needs = NEED_IO_URING, .arg = MERGED_FIRST },
	{ 0 },
};

static const struct case_info info = {
	.name = "ksm-vs-pin",
	.summary = "pages under I/O beside equal pages that KSM merges",
	.tags = "pin odirect fuse io_uring anon ksm",
	.needs = NEED_KSM | NEED_PFN | NEED_ROOT,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:6c287605fd56",
	.threads = "S0 S2",
	.lever = "FUSE hold; io_uring registered buffer",
	.seen = "seeded (write fault: KSM page reused) merged-first 0.4 s",
	.rounds = 1,
	.seconds = 20,
	.counters = { { "pinned", true },
		      { "scanned", true },
		      { "control_merged", true },
		      { "pinned_merged" },
		      { "checked", true } },
	.cells = cells,
};

static long full_scans(void)
{
	long scans = 0;
	FILE *file = fopen(SCANS, "re");

	if (!file || fscanf(file, "%ld", &scans) != 1)
		fail(SCANS);
	fclose(file);
	return scans;
}

/* Two whole passes have seen every page: nothing is merged on first sight. */
static long wait_for_scans(void)
{
	struct deadline d = deadline_in(3000);
	long from = full_scans();

	while (full_scans() < from + 2 && deadline_wait(&d))
		;
	return full_scans() - from;
}

static char *make_twin(struct map *map)
{
	char *twin =
		mmap(NULL, map->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (twin == MAP_FAILED)
		fail("the twin mapping");
	stamp_fill(&map->stamp, twin, 0, map->len, 1, STAMP_CPU);
	if (madvise(twin, map->len, MADV_MERGEABLE) || madvise(map->at, map->len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	return twin;
}

static size_t same_frames(const char *a, const char *b, size_t len)
{
	size_t same = 0;

	for (size_t at = 0; at < len; at += STAMP_PAGE)
		same += pagemap_of(a + at).present &&
			pagemap_of(a + at).pfn == pagemap_of(b + at).pfn;
	return same;
}

static void pin(struct case_ctx *c, struct map *map)
{
	if (ring)
		pin_register(ring, map->at, map->len);
	else
		hold_read(hold, map->at, map->len);
	case_count(c, PINNED, map->pages);
}

/* A merged mapping beside ours, made at this time: KSM works here. */
static bool merge(struct case_ctx *c, struct map *map)
{
	struct map control;

	if (!case_map(c, &control, MAP_KIND_KSM, PAGES, 2))
		return false;
	if (!map->twin)
		map->twin = make_twin(map);
	case_count(c, SCANNED, wait_for_scans());
	case_count(c, CONTROL_MERGED, same_frames(control.at, control.twin, control.len));
	map_free(&control);
	return true;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	int device = case_device(c, map, 2);
	ssize_t got;

	if (hold)
		stamp_fill(&map->stamp, hold_device(hold), 0, map->len, 2, STAMP_DEVICE);
	map_remember(map);
	pin(c, map);
	if (case_disturbs(c) && !merge(c, map))
		return INCONCLUSIVE;
	if (map->twin)
		case_count(c, PINNED_MERGED, same_frames(map->at, map->twin, map->len));
	map_touch(map);
	got = ring ? pin_read_fixed(ring, device, map->at, map->len, 0) : hold_release(hold);
	if (got != (ssize_t)map->len)
		fail("the read was short");
	if (ring)
		pin_unregister(ring);
	close(device);

	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 2, STAMP_DEVICE))
		return CORRUPT;
	return !map->twin || case_check_copy(c, map, map->twin, map->len, 1, STAMP_CPU, "the twin")
		       ? PASS
		       : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	if (c->cell->arg == ODIRECT)
		hold = hold_open();
	else
		ring = pin_ring_open();
	return case_trials(c, c->cell->arg == MERGED_FIRST ? MAP_KIND_KSM : MAP_KIND_ANON, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
