// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * softdirty-tlb: after clear_refs, no thread writes through an old translation
 *
 * Story    clear_refs takes the soft-dirty and the write bit from every PTE and
 *          has to flush the TLBs before it returns; and it has to hold the lock
 *          that keeps write faults out while it changes a PTE. Without the one
 *          a CPU goes on writing without a fault, without the other a page that
 *          is being copied loses what was written meanwhile.
 * Seen as  A write that is in no checkpoint (not soft-dirty), or in no memory.
 * Fixed    v5.12, 912efa17e512 (flush; Debian 5.10.20); v5.11, 29a951dfb3c3
 *          (locking; 5.10.9).
 * Steps    1 two threads write random pages  2 let them stand, read and clear the
 *          bits, let them go on, copy what was dirty, again and again  3 stop:
 *          the copy equals the memory, which holds every last write.
 * Notes    A race without a lever; slower CPUs and TCG hit it more easily.
 */
#include "precopy.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES 512

enum { CALM, COW };

/* Pages that are shared with a child are copied by the write fault. */
static size_t fork_child(struct case_ctx *c, struct map *map)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	usleep(500);
	return pid > 0 ? map->pages : 0;
}

static const struct case_cell cells[] = {
	{ "calm", "threads that write", .arg = TRACK_SOFT_DIRTY * 2 + CALM },
	{ "fork", "pages to be copied", .arg = TRACK_SOFT_DIRTY * 2 + COW },
	{ 0 },
};

static const struct case_info info = {
	.name = "softdirty-tlb",
	.summary = "soft-dirty bits are cleared while threads write: no write is missed",
	.tags = "soft-dirty anon race tlb tracking",
	.needs = NEED_SOFT_DIRTY,
	.oracles = CASE_TRACKING,
	.refs = "linux-git:912efa17e512 linux-git:29a951dfb3c3",
	.fixed_in = "5.12",
	.rounds = 4,
	.counters = { PRECOPY_COUNTERS },
	.cells = cells,
};

static enum verdict run(struct case_ctx *c)
{
	struct precopy how = { .kind = c->cell->arg / 2,
			       .ms = 250,
			       .disturb = c->cell->arg % 2 == COW ? fork_child : NULL };
	enum verdict verdict = PASS;
	struct map map;

	while (verdict == PASS && case_round(c)) {
		if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0))
			return INCONCLUSIVE;
		verdict = precopy_run(c, &map, &how);
		map_free(&map);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
