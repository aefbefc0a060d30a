// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dirty-cow: a write to a private read-only mapping must not reach the file
 *
 * Story    A debugger's write through /proc/self/mem (FOLL_FORCE) breaks COW
 *          first: the page is copied, then written. If another thread throws
 *          the copy away in between (MADV_DONTNEED), the kernel looks again,
 *          finds the file's own page, and must not believe that COW is done.
 * Seen as  A file that changes although nobody may write to it.
 * Fixed    CVE-2016-5195: v4.9, 19be0eaffa3a (FOLL_COW); done anew in v6.0,
 *          5535be309971.
 * Steps    1 one thread drops the private copy all the time  2 the other writes
 *          through /proc/self/mem  3 the file holds what it held.
 * Notes    A race, bounded in time. Fixed in every kernel at hand: seen to fail
 *          under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES  4
#define WRITES 100 /* between two looks at the file */

static atomic_bool stop;
static atomic_uint dropped;

enum { WRITTEN, DROPPED, CHECKED };

static const struct case_info info = {
	.name = "dirty-cow",
	.summary =
		"forced writes to a private read-only file mapping whose copy is dropped meanwhile",
	.tags = "file fork gup isolation security race",
	.oracles = CASE_ISOLATION,
	.refs = "linux-git:19be0eaffa3a linux-git:5535be309971",
	.cve = "CVE-2016-5195",
	.fixed_in = "4.9",
	.lever = "race",
	.seconds = 2,
	.rounds = 1000000,
	.counters = { { "written", true }, { "dropped", true }, { "checked", true } },
};

static void *dropper(void *data)
{
	struct map *map = data;

	while (!atomic_load(&stop)) {
		madvise(map->at, map->len, MADV_DONTNEED); /* the private copy goes */
		atomic_fetch_add(&dropped, 1);
	}
	return NULL;
}

/* What is written is generation 2 of the same pages: easily told from the file's. */
static void write_forced(struct case_ctx *c, struct map *map, int mem, const char *later)
{
	for (int i = 0; i < WRITES; i++)
		if (pwrite(mem, later, map->len, (uintptr_t)map->at) == (ssize_t)map->len)
			case_count(c, WRITTEN, map->pages);
}

static bool file_is_unchanged(struct case_ctx *c, struct map *map)
{
	static char copy[PAGES * STAMP_PAGE];

	if (pread(map->fd, copy, map->len, 0) != (ssize_t)map->len)
		fail("reading the file");
	case_count(c, CHECKED, map->pages);
	return case_check_copy(c, map, copy, map->len, 1, STAMP_CPU, "the file");
}

static enum verdict race(struct case_ctx *c, struct map *map)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *later = aligned_alloc(STAMP_PAGE, map->len);
	enum verdict verdict = PASS;
	pthread_t thread;

	stamp_fill(&map->stamp, later, 0, map->len, 2, STAMP_CPU);
	if (mem < 0 || pwrite(mem, later, 8, (uintptr_t)map->at) != 8)
		return case_skip(c,
				 "/proc/self/mem: %s; boot without proc_mem.force_override=never",
				 strerror(errno));
	if (case_disturbs(c) && pthread_create(&thread, NULL, dropper, map))
		fail("a thread that drops the copies");
	while (verdict == PASS && case_round(c)) {
		write_forced(c, map, mem, later);
		case_count(c, DROPPED, atomic_exchange(&dropped, 0));
		if (!file_is_unchanged(c, map))
			verdict = CORRUPT;
	}
	atomic_store(&stop, true);
	if (case_disturbs(c))
		pthread_join(thread, NULL);
	free(later);
	close(mem);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	struct map map;

	case_on_all_cpus(); /* a race wants two of them */
	if (!case_map(c, &map, MAP_KIND_FILE, PAGES, 0))
		return INCONCLUSIVE;
	if (mmap(map.at, map.len, PROT_READ, MAP_PRIVATE | MAP_FIXED, map.fd, 0) != map.at)
		fail("the private read-only mapping");
	return race(c, &map);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
