// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swap-read-error: what cannot be read from swap is an error, not other data
 *
 * Story    A disk that swap is on fails. Who touches such a page has to be told
 *          (SIGBUS); swapoff has to leave a mark that does so later. It mapped
 *          the page that it could not read instead, with whatever the memory
 *          held before, perhaps another process's.
 * Seen as  Foreign data or zeros after a swapoff, with no error but in the log.
 * Fixed    v5.19, 9f186f9e5fa9.
 * Steps    1 out to swap  2 the device fails  3 a fault, or swapoff  4 a load
 *          gets SIGBUS or the data  5 the device works again: the same is true.
 * Notes    A page that is still in the swap cache is not read: data, rightly. For
 *          disposable machines only: others may have pages in that swap, too.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "memcg.h"
#include "pagemap.h"
#include "res.h"
#include "res-backend.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGES 64

enum { PAGED_OUT, FAILED, READ_AGAIN, CHECKED };
enum { LOAD, STORE, CHILD, SWAPOFF };

static const struct case_cell cells[] = {
	{ "load", "a page is read", .arg = LOAD },
	{ "store", "a page is written to", .arg = STORE },
	{ "child", "a page is read after a fork", .arg = CHILD },
	{ "swapoff", "swap is switched off, then a page is read", .arg = SWAPOFF },
	{ 0 },
};

static bool prepare(const struct case_cell *cell)
{
	memcg_make(); /* without it pages stay in the swap cache for as long as they like */
	return res_backend_on(&res_failing);
}

static const struct case_info info = {
	.name = "swap-read-error",
	.summary = "swap on a device that fails: loads get the data or SIGBUS, nothing else",
	.tags = "swap swapoff anon error persistence",
	.needs = NEED_ROOT | NEED_PAGEOUT | NEED_DISPOSABLE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:9f186f9e5fa9",
	.fixed_in = "5.19",
	.lever = "device mapper, the error target",
	.seen = "5.10.0-46, swapoff: 10 of 10, 0.3 s",
	.seconds = 30,
	.counters = { { "paged_out", true },
		      { "failed", true },
		      { "read_again" },
		      { "checked", true } },
	.prepare = prepare,
	.cells = cells,
};

static sigjmp_buf again;

static void on_fault(int number)
{
	siglongjmp(again, number);
}

/* Touches a page: false if that is SIGBUS. */
static bool touch(volatile char *at, bool stores)
{
	char byte;

	if (sigsetjmp(again, 1))
		return false;
	byte = *at;
	if (stores)
		*at = byte;
	return true;
}

/*
 * What swapoff has given up is as a page of bad memory to the kernel, which tells of each
 * load from one in its log: we ask a system call instead.
 */
static bool reads(char *at)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { at, 1 };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1;
}

/* Each page says SIGBUS (a system call: EFAULT) or holds what it held. */
static enum verdict check(struct case_ctx *c, struct map *map, unsigned int counter)
{
	size_t page = pagemap_page_size(), errors = 0;

	for (size_t i = 0; i < map->pages; i++) {
		if (c->cell->arg == SWAPOFF ? !reads(map->at + i * page)
					    : !touch(map->at + i * page, c->cell->arg == STORE))
			errors++;
		else if (!case_check(c, map, i * page, page, 1, STAMP_CPU))
			return CORRUPT;
	}
	case_count(c, counter, counter == FAILED ? errors : map->pages - errors);
	return PASS;
}

static enum verdict check_in_child(struct case_ctx *c, struct map *map)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child)
		return child_wait(child);
	child_bind();
	_exit(check(c, map, FAILED));
}

/* The device fails while it is used. */
static enum verdict use(struct case_ctx *c, struct map *map)
{
	enum verdict verdict;

	if (c->cell->arg == SWAPOFF && !res_swap_switch(false))
		fail("%s", res_why());
	verdict = c->cell->arg == CHILD ? check_in_child(c, map) : check(c, map, FAILED);
	if (!res_failing_fails(false))
		fail("%s", res_why());
	if (c->cell->arg == SWAPOFF && !res_swap_switch(true))
		fail("%s", res_why());
	return verdict;
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum verdict verdict;

	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	case_count(c, PAGED_OUT, map_wait_out(map, 1000));
	if (*memcg_dir())
		memcg_reclaim(); /* and out of the swap cache */
	if (case_disturbs(c) && !res_failing_fails(true))
		fail("%s", res_why());
	verdict = use(c, map);
	case_count(c, CHECKED, map->pages);
	return verdict == PASS ? check(c, map, READ_AGAIN) : verdict;
}

static enum verdict run(struct case_ctx *c)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
	/* This program's own pages are not to go where they do not come back from. */
	if (mlockall(MCL_CURRENT))
		fail("mlockall");
	if (*memcg_dir())
		memcg_enter();
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
