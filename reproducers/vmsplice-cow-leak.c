// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmsplice-cow-leak: a child must not read what its parent writes later
 *
 * Story    After fork a child puts the shared pages into a pipe with vmsplice()
 *          and unmaps them. The pipe's reference is no mapping: a kernel that
 *          decides by mappings alone lets the parent write to the very page,
 *          and the child reads the parent's new secrets out of the pipe.
 * Seen as  The pipe gives generation 2, written after the fork.
 * Fixed    CVE-2020-29374: first v5.8, 17839856fd58; the simplification of v5.9
 *          left huge pages and swapped pages open until v5.18, 3bff7e3f1f16
 *          (THP) and c145e0b47c77 (swap).
 * Steps    1 fork  2 the child: vmsplice, munmap  3 the parent writes generation
 *          2  4 the child reads the pipe: generation 1.
 * Notes    hugetlb leaks to this day and upstream lives with it (kselftest mm,
 *          cow.c: expected failure); it is not among the cells.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGES 16

enum { SPLICED, REWRITTEN, SWAPPED, CHECKED };
enum { PLAIN, SWAPPED_BEFORE_FORK, PAGED_OUT_AFTER_SPLICE };
enum { START, IN_PIPE, WRITTEN };

static struct gate *gate; /* the steps of parent and child */

static const struct case_cell cells[] = {
	{ "anon4k", "4 KiB pages", .arg = PLAIN },
	{ "thp", "a PMD-mapped huge page", .needs = NEED_THP, .arg = PLAIN },
	{ "swapped", "4 KiB pages, swapped out before the fork", .needs = NEED_SWAP | NEED_PAGEOUT,
	  .arg = SWAPPED_BEFORE_FORK },
	{ "pageout", "4 KiB pages, paged out while they are in the pipe",
	  .needs = NEED_SWAP | NEED_PAGEOUT, .arg = PAGED_OUT_AFTER_SPLICE },
	{ 0 },
};

static const struct case_info info = {
	.name = "vmsplice-cow-leak",
	.summary = "a child's vmsplice() reference must not see its parent's later writes",
	.tags = "vmsplice anon thp fork isolation security",
	.oracles = CASE_ISOLATION,
	.refs = "linux-git:17839856fd58 linux-git:3bff7e3f1f16 linux-git:c145e0b47c77",
	.cve = "CVE-2020-29374",
	.fixed_in = "5.18",
	.threads = "S2",
	.lever = "a pipe keeps the reference",
	.seen = "5.10.223, thp, swapped, pageout: 20 of 20, 0.10 s",
	.counters = { { "spliced", true },
		      { "rewritten", true },
		      { "swapped" },
		      { "checked", true } },
	.cells = cells,
};

/* Reads LEN bytes of the pipe and judges them; the child's exit status is the verdict. */
static enum verdict read_pipe(struct case_ctx *c, struct map *map, int pipe, size_t len)
{
	char *copy = aligned_alloc(STAMP_PAGE, len);

	for (size_t got = 0, n; got < len; got += n) {
		n = read(pipe, copy + got, len - got);
		if ((ssize_t)n <= 0)
			fail("reading the pipe");
	}
	case_count(c, CHECKED, len / STAMP_PAGE);
	return case_check_copy(c, map, copy, len, 1, STAMP_CPU, "the child's pipe") ? PASS
										    : CORRUPT;
}

__attribute__((noreturn)) static void child(struct case_ctx *c, struct map *map)
{
	struct iovec vec = { map->at, PAGES * STAMP_PAGE };
	int ends[2];

	child_bind();
	pin_pipe(ends, vec.iov_len);
	if (vmsplice(ends[1], &vec, 1, 0) != (ssize_t)vec.iov_len)
		fail("vmsplice");
	case_count(c, SPLICED, PAGES);
	munmap(map->at, map->len); /* only the pipe's references are left */
	gate_set(gate, IN_PIPE);
	if (!gate_wait(gate, WRITTEN, 10))
		_exit(BROKEN);
	_exit(read_pipe(c, map, ends[0], vec.iov_len));
}

static void page_out(struct case_ctx *c, struct map *map)
{
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	case_count(c, SWAPPED, map_wait_out(map, 1000));
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	pid_t pid;

	gate_set(gate, START);
	if (c->cell->arg == SWAPPED_BEFORE_FORK)
		page_out(c, map);
	pid = fork();
	if (!pid)
		child(c, map);
	if (pid < 0 || !gate_wait(gate, IN_PIPE, 10))
		fail("the child did not get its pages into a pipe");
	if (c->cell->arg == PAGED_OUT_AFTER_SPLICE)
		page_out(c, map);
	if (case_disturbs(c)) {
		map_stamp(map, 2, STAMP_CPU); /* the secret: broken kernels reuse the page */
		case_count(c, REWRITTEN, map->pages);
	}
	gate_set(gate, WRITTEN);
	return child_wait(pid);
}

static enum verdict run(struct case_ctx *c)
{
	gate = child_shared(sizeof(*gate));
	return case_trials(c, c->cell->needs & NEED_THP ? MAP_KIND_THP : MAP_KIND_ANON, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
