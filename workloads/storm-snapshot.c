// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm-snapshot: pre-copy of a working process by each tracker, under disturbances
 *
 * Story    A live migration or an incremental checkpoint copies memory while it
 *          is written, and copies again what its tracker reports. One report
 *          that is missing is one page that is old on the other side, and
 *          nobody will ever know.
 * Seen as  The final copy differs from the memory.
 * Fixed    See the reproducers for the known ways of losing a report.
 * Steps    1 arm, copy all  2 threads write random words of random pages; the
 *          disturbance of the cell runs beside them  3 collect, copy what was
 *          reported, again and again  4 the threads stop: collect, copy  5 copy
 *          and memory are equal, byte for byte; every last write is there.
 */
#include "fail.h"
#include "pagemap.h"
#include "precopy.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 4096

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif

/* A part at a time, so that not all of it is gone at once. */
static size_t page_out(struct case_ctx *c, struct map *map)
{
	static size_t part;
	size_t len = map->len / 16, from = part++ % 16 * len;

	madvise(map->at + from, len, MADV_PAGEOUT);
	usleep(1000);
	return pagemap_count(map->at + from, len, PAGEMAP_SWAPPED);
}

static size_t fork_child(struct case_ctx *c, struct map *map)
{
	pid_t pid = fork();

	if (!pid) {
		map_touch(map);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		fail("fork");
	return map->pages;
}

/* Small pages to huge ones where the kernel agrees, and PMDs split again. */
static size_t regroup(struct case_ctx *c, struct map *map)
{
	size_t page = pagemap_page_size();

	madvise(map->at, map->len, MADV_HUGEPAGE);
	madvise(map->at, map->len, MADV_COLLAPSE);
	madvise(map->at, map->len, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < map->len; at += 512 * page)
		if (mlock(map->at + at, page) || munlock(map->at + at, page))
			fail("mlock of one page");
	return map->pages;
}

static size_t lock(struct case_ctx *c, struct map *map)
{
	if (mlock(map->at, map->len / 4) || munlock(map->at, map->len / 4))
		return 0;
	return map->pages / 4;
}

static const struct {
	const char *name;
	size_t (*disturb)(struct case_ctx *c, struct map *map);
	uint64_t needs;
	bool faults; /* in the kernel, for writing: scene/op.h */
} roles[] = { { "nothing", NULL, 0 },
	      { "pageout", page_out, NEED_SWAP | NEED_PAGEOUT },
	      { "fork", fork_child, 0 },
	      { "regroup", regroup, NEED_THP, true },
	      { "mlock", lock, 0, true } };

#define ROLES (sizeof(roles) / sizeof(*roles))

static const enum map_kind kinds[] = { MAP_KIND_ANON, MAP_KIND_THP, MAP_KIND_MEMFD };

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static struct case_cell cells[TRACK_KINDS * KINDS * ROLES + 1];

/* Soft-dirty bits of shared memory go with its page table entries (soft-dirty.rst). */
static bool fits(enum track_kind tracker, enum map_kind kind)
{
	return tracker != TRACK_UFFD_EVENTS &&
	       (tracker != TRACK_SOFT_DIRTY || kind != MAP_KIND_MEMFD);
}

static void make_cells(void)
{
	static char names[sizeof(cells) / sizeof(*cells)][64];
	unsigned int n = 0;

	for (unsigned int i = 0; i < TRACK_KINDS * KINDS * ROLES; i++) {
		enum track_kind tracker = i / KINDS / ROLES;
		enum map_kind kind = kinds[i / ROLES % KINDS];
		uint64_t needs;

		if (!fits(tracker, kind))
			continue;
		needs = track_needs(tracker, kind) | map_needs(kind) | roles[i % ROLES].needs;
		if (roles[i % ROLES].faults && track_notifies(tracker))
			needs |= NEED_UFFD_KERNEL;
		snprintf(names[n], sizeof(names[n]), "%s.%s.%s", track_name(tracker),
			 map_kind_name(kind), roles[i % ROLES].name);
		cells[n] = (struct case_cell){
			.name = names[n], .summary = roles[i % ROLES].name, .needs = needs, .arg = i
		};
		n++;
	}
}

static enum verdict run(struct case_ctx *c)
{
	unsigned int i = c->cell->arg;
	struct precopy how = { .kind = i / KINDS / ROLES,
			       .ms = 500,
			       .disturb = roles[i % ROLES].disturb };
	enum verdict verdict = PASS;
	struct map map;

	while (verdict == PASS && case_round(c)) {
		if (!case_map(c, &map, kinds[i / ROLES % KINDS], PAGES, 0))
			return INCONCLUSIVE;
		verdict = precopy_run(c, &map, &how);
		map_free(&map);
	}
	return verdict;
}

int main(int argc, char **argv)
{
	static const struct case_info info = {
		.name = "storm-snapshot",
		.kind = "storm",
		.summary = "pre-copy of a process that writes, by each tracker, under disturbances",
		.tags = "storm tracking uffd-wp soft-dirty race",
		.oracles = CASE_TRACKING,
		.seconds = 60,
		.rounds = 1,
		.memory = 128u << 20,
		.counters = { PRECOPY_COUNTERS },
		.cells = cells,
	};

	make_cells();
	return case_main(argc, argv, &info, run);
}
