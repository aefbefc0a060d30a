// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gup-fast-vs-fork: a page pinned without locks while fork runs must not be shared
 *
 * Story    gup-fast pins a page by looking at the PTE without any lock. fork
 *          asks "may it be pinned?", decides that it is not, and write-protects
 *          the PTE to share it; a pin that came in between is on a page that
 *          the parent's next write copies away from. A sequence count tells
 *          gup-fast that a fork was at work.
 * Seen as  Old data after a successful READ_FIXED into a buffer that was
 *          registered while another thread forked.
 * Fixed    v5.11, 57efa1fe5957 (write_protect_seq), for pins; in 5.10's
 *          updates too.
 * Steps    1 one thread forks all the time  2 another registers  3 writes
 *          4 READ_FIXED  5 the buffer holds the device's data.
 * Notes    A race, bounded in time and seeded. io_uring pins by gup-fast since
 *          about 6.5; before, the mmap lock kept fork away and nothing can be
 *          seen. No kernel at hand has the bug: seen to fail under --inject only.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pin.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 64

static struct pin_ring *ring;
static atomic_uint forks, forking;
static atomic_bool stop;

enum { FORKS, PINNED_DURING_FORK, MOVED, CHECKED };

static const struct case_info info = {
	.name = "gup-fast-vs-fork",
	.summary = "READ_FIXED into a buffer that was registered while another thread forked",
	.tags = "pin io_uring gup-fast anon fork race",
	.needs = NEED_IO_URING,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:57efa1fe5957",
	.fixed_in = "5.11",
	.threads = "S2",
	.lever = "race",
	.seconds = 3,
	.rounds = 1000000,
	.counters = { { "forks", true },
		      { "pinned_during_fork", true },
		      { "moved" },
		      { "checked", true } },
};

static void *forker(void *data)
{
	struct case_ctx *c = data;

	while (!atomic_load(&stop)) {
		atomic_store(&forking, 1);
		pid_t pid = case_disturbs(c) ? fork() : -1; /* write-protects what is not pinned */

		atomic_store(&forking, 0);
		if (!pid)
			_exit(0);
		if (pid > 0) {
			waitpid(pid, NULL, 0);
			atomic_fetch_add(&forks, 1);
		} else {
			usleep(1000);
		}
	}
	return NULL;
}

/* Was a fork under way while the pages were pinned? */
static bool pin_during_fork(struct map *map)
{
	bool before = atomic_load(&forking);
	unsigned int count = atomic_load(&forks);

	pin_register(ring, map->at, map->len);
	return before || atomic_load(&forking) || atomic_load(&forks) != count;
}

static enum verdict trial(struct case_ctx *c, struct map *map, int device)
{
	unsigned int before = atomic_load(&forks);
	bool during = pin_during_fork(map) && case_disturbs(c);

	map_remember(map);
	map_touch(map); /* copied, if fork shared it */
	case_count(c, FORKS, atomic_load(&forks) - before);
	case_count(c, PINNED_DURING_FORK, during);
	case_count(c, MOVED, map_moved(map));
	if (pin_read_fixed(ring, device, map->at, map->len, 0) != (ssize_t)map->len)
		fail("READ_FIXED was short");
	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 2, STAMP_DEVICE))
		return CORRUPT;
	pin_unregister(ring);
	map_stamp(map, 1, STAMP_CPU);
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	pthread_t thread;
	struct map map;
	int device;

	ring = pin_ring_open();
	case_on_all_cpus(); /* a race wants two of them */
	if (!case_map(c, &map, MAP_KIND_ANON, PAGES, 0))
		return INCONCLUSIVE;
	device = case_device(c, &map, 2);
	if (pthread_create(&thread, NULL, forker, c))
		fail("a thread that forks");
	while (verdict == PASS && case_round(c))
		verdict = trial(c, &map, device);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return verdict;
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
