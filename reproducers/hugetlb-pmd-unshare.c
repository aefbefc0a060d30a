// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hugetlb-pmd-unshare: a given-up shared page table must leave no TLB entry
 *
 * Story    Two processes that map the same 1 GiB of hugetlb share one page
 *          table. When one unmaps, it only lets go of the table; no entry is
 *          cleared, so nothing marked the TLB for a flush. A thread of that
 *          process goes on writing through its TLB, while the other frees the
 *          huge page and somebody else gets it.
 * Seen as  Words of one hugetlb file in the huge pages of another.
 * Fixed    CVE-2021-4002: v5.16, a4a118f2eead (and 5.10.82). The page table
 *          itself could be reused under gup-fast: 1013af4f585f (v6.16).
 * Steps    1 parent and child share the table  2 a thread of the parent writes
 *          3 the parent unmaps, the file's page is punched out  4 a new huge
 *          page, stamped  5 the stamps stay.
 * Notes    A race, bounded in time. Fixed in every kernel at hand: seen to fail
 *          under --inject only. That the table is shared is seen in VmPTE only,
 *          so it is not counted.
 */
#include "case.h"
#include "child.h"
#include "fail.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4
#endif

#define GIB (1ul << 30)

enum { WRITES, UNSHARED, CHECKED };
enum { START, MAPPED, DONE };

static struct gate *gate;
static char *area;
static atomic_bool stop;
static atomic_ulong writes;
static _Thread_local sigjmp_buf again;

static const struct case_info info = {
	.name = "hugetlb-pmd-unshare",
	.summary = "a thread writes on while a shared hugetlb page table is given up",
	.tags = "hugetlb tlb fork isolation security race",
	.needs = NEED_HUGETLB,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:a4a118f2eead linux-git:1013af4f585f",
	.cve = "CVE-2021-4002",
	.fixed_in = "5.16",
	.lever = "race",
	.seconds = 2,
	.rounds = 1000000,
	.counters = { { "writes", true }, { "unshared", true }, { "checked", true } },
};

static void on_fault(int number)
{
	siglongjmp(again, number); /* rightly: it was unmapped */
}

static void *writer(void *data)
{
	size_t len = (size_t)data;

	sigsetjmp(again, 1);
	while (!atomic_load(&stop)) {
		for (size_t at = 64; at < len; at += STAMP_PAGE)
			*(volatile uint64_t *)(area + at) = 0x5afe5afe5afe5afe;
		atomic_fetch_add(&writes, 1);
	}
	return NULL;
}

static void map_file(int fd)
{
	int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;

	if (mmap(area, GIB, PROT_READ | PROT_WRITE, flags, fd, 0) != area)
		fail("1 GiB of a hugetlb file");
}

static pid_t fork_sharer(void)
{
	pid_t child;

	gate_set(gate, START);
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		child_bind();
		*(volatile char *)area; /* the same page table from here on */
		gate_set(gate, MAPPED);
		gate_wait(gate, DONE, 10);
		_exit(0);
	}
	if (!gate_wait(gate, MAPPED, 10))
		fail("the child did not map the file");
	return child;
}

static enum verdict trial(struct case_ctx *c, int fd, size_t huge)
{
	unsigned long seen;
	struct map heir;
	pid_t child;
	bool good;

	map_file(fd);
	child = fork_sharer();
	for (seen = atomic_load(&writes); atomic_load(&writes) < seen + 2;)
		sched_yield(); /* the page is in the writer's TLB */
	if (case_disturbs(c)) {
		munmap(area, GIB); /* broken kernels flush nothing here */
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, huge))
			fail("punching a hole");
		case_count(c, UNSHARED, 1);
	}
	if (!case_map(c, &heir, MAP_KIND_HUGETLB, 1, 0))
		return INCONCLUSIVE;
	sched_yield();
	good = case_check_all(c, &heir, 1, STAMP_CPU);
	case_count(c, CHECKED, heir.pages);
	case_count(c, WRITES, atomic_load(&writes) - seen);
	map_free(&heir);
	gate_set(gate, DONE);
	child_wait(child);
	return good ? PASS : CORRUPT;
}

static enum verdict race(struct case_ctx *c, size_t huge)
{
	int fd = memfd_create("lostwrite", MFD_CLOEXEC | MFD_HUGETLB);
	enum verdict verdict = PASS;
	pthread_t thread;

	if (fd < 0 || ftruncate(fd, GIB))
		fail("a hugetlb file of 1 GiB");
	map_file(fd);
	if (pthread_create(&thread, NULL, writer, (void *)huge))
		fail("a thread that writes");
	while (verdict == PASS && case_round(c))
		verdict = trial(c, fd, huge);
	map_file(fd);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	struct map pool;
	size_t huge;

	case_on_all_cpus(); /* a race wants two CPUs */
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	gate = child_shared(sizeof(*gate));
	/* Shared tables are those of a whole, aligned GiB. */
	area = mmap(NULL, 2 * GIB, PROT_NONE, flags, -1, 0);
	area = (char *)(((uintptr_t)area + GIB - 1) & ~(GIB - 1));
	if (!case_map(c, &pool, MAP_KIND_HUGETLB, 4, 1)) /* grows the pool for the rest */
		return INCONCLUSIVE;
	huge = pool.len;
	map_free(&pool);
	return race(c, huge);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
