// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stale-tlb-write: memory that was taken away must not be written any more
 *
 * Story    One CPU writes to a page all the time, through its TLB. Another takes
 *          the page away (mremap and hole punch, truncate, MADV_DONTNEED) and
 *          frees it. Unless every TLB is flushed before the page is free, the
 *          first CPU goes on writing to it, when it belongs to somebody else.
 * Seen as  Words of one mapping in another that never had to do with it.
 * Fixed    mremap: CVE-2018-18281, v4.20, eb66ae030829. The others were not
 *          seen broken; hugetlb has its own: hugetlb-pmd-unshare.
 * Steps    1 a thread writes to the area  2 the area is moved or cut, and its
 *          pages freed  3 new memory takes the pages, stamped  4 the stamps stay.
 * Notes    A race, bounded in time. Fixed in every kernel at hand: seen to fail
 *          under --inject only. Emulated CPUs keep TLB entries differently.
 */
#include "case.h"
#include "fail.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 32

enum { WRITES, FREED, CHECKED };
enum { MREMAP, PUNCH, TRUNCATE, DONTNEED };

static const struct case_cell cells[] = {
	{ "mremap", "moved away by mremap, then punched out", .arg = MREMAP },
	{ "punch-hole", "punched out of the file under the mapping", .arg = PUNCH },
	{ "truncate", "truncated away under the mapping", .arg = TRUNCATE },
	{ "dontneed", "anonymous, dropped by MADV_DONTNEED", .arg = DONTNEED },
	{ 0 },
};

static const struct case_info info = {
	.name = "stale-tlb-write",
	.summary = "a thread writes on while its pages are moved, freed and given to others",
	.tags = "shmem anon mremap tlb isolation security race",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:eb66ae030829",
	.cve = "CVE-2018-18281",
	.fixed_in = "4.20",
	.lever = "race",
	.seconds = 4,
	.rounds = 1000000,
	.counters = { { "writes", true }, { "freed", true }, { "checked", true } },
	.cells = cells,
};

static struct area {
	char *at, *moved; /* where it is written to, where mremap moves it */
	size_t len;
	int fd; /* -1: anonymous */
} area;
static atomic_bool stop;
static atomic_ulong writes;
static _Thread_local sigjmp_buf again;

static void on_fault(int number)
{
	siglongjmp(again, number); /* rightly: it was taken away */
}

static void *writer(void *data)
{
	sigsetjmp(again, 1);
	while (!atomic_load(&stop)) {
		for (size_t at = 0; at < area.len; at += STAMP_PAGE)
			*(volatile uint64_t *)(area.at + at + 64) = 0x5afe5afe5afe5afe;
		atomic_fetch_add(&writes, 1);
	}
	return NULL;
}

static void map_area(void)
{
	int flags = area.fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	if (area.fd >= 0 && ftruncate(area.fd, area.len))
		fail("a file of %zu bytes", area.len);
	if (mmap(area.at, area.len, PROT_READ | PROT_WRITE, flags | MAP_FIXED, area.fd, 0) !=
	    area.at)
		fail("the area");
}

static void prepare(struct case_ctx *c)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	area.len = PAGES * STAMP_PAGE;
	area.fd = c->cell->arg == DONTNEED ? -1 : memfd_create("lostwrite", MFD_CLOEXEC);
	area.at = mmap(NULL, 2 * area.len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area.at == MAP_FAILED)
		fail("address space");
	area.moved = area.at + area.len;
	map_area();
}

static void punch(void)
{
	if (fallocate(area.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, area.len))
		fail("punching a hole");
}

static void take_away(struct case_ctx *c)
{
	switch (c->cell->arg) {
	case MREMAP:
		if (mremap(area.at, area.len, area.len, MREMAP_MAYMOVE | MREMAP_FIXED,
			   area.moved) != area.moved)
			fail("mremap");
		punch();
		break;
	case PUNCH:
		punch();
		break;
	case TRUNCATE:
		if (ftruncate(area.fd, 0))
			fail("truncate");
		break;
	case DONTNEED:
		madvise(area.at, area.len, MADV_DONTNEED);
		break;
	}
	case_count(c, FREED, PAGES);
}

/* New memory takes the pages that are free, and keeps what is written to it. */
static enum verdict look_at_the_heirs(struct case_ctx *c)
{
	struct map heir;
	bool good = true;

	if (!case_map(c, &heir, MAP_KIND_ANON, 2 * PAGES, 0))
		return INCONCLUSIVE;
	for (int look = 0; good && look < 4; look++) {
		sched_yield();
		good = case_check_all(c, &heir, 1, STAMP_CPU);
		case_count(c, CHECKED, heir.pages);
	}
	map_free(&heir);
	return good ? PASS : CORRUPT;
}

static enum verdict race(struct case_ctx *c)
{
	enum verdict verdict = PASS;
	pthread_t thread;

	if (pthread_create(&thread, NULL, writer, NULL))
		fail("a thread that writes");
	while (verdict == PASS && case_round(c)) {
		map_area();
		for (unsigned long seen = atomic_load(&writes); atomic_load(&writes) < seen + 2;)
			sched_yield(); /* it has all pages in its TLB */
		if (case_disturbs(c))
			take_away(c);
		verdict = look_at_the_heirs(c);
		case_count(c, WRITES, atomic_exchange(&writes, 0));
	}
	map_area();
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	case_on_all_cpus(); /* a race wants two CPUs */
	prepare(c);
	return race(c);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
