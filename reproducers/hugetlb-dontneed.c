// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hugetlb-dontneed: MADV_DONTNEED must not destroy more than it was asked for
 *
 * Story    madvise() rounds its length up to whole pages, small ones. With
 *          hugetlb memory the kernel rounded on, up to a whole huge page: who
 *          gave back 4 KiB of a buffer lost 2 MiB.
 * Seen as  Zeros in memory that was never given back. Allocators trim in units
 *          of small pages.
 * Fixed    v6.1, 8ebe0a5eaaeb: the end is rounded down to huge pages, and a
 *          start that is not aligned is an error. Broken since MADV_DONTNEED
 *          works on hugetlb at all, v5.18.
 * Steps    1 MADV_DONTNEED of a length that is no multiple of a huge page
 *          2 whatever it says, huge pages not wholly in the range are intact.
 * Notes    Of the kernels at hand none is from 5.18 to 6.0: seen to fail under
 *          --inject only. That the advice works here is shown on a control.
 */
#include "case.h"
#include "fail.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { CONTROL_DROPPED, ADVISED, REFUSED, CHECKED };
enum { SHORT, LONG, FROM_INSIDE };

static const struct case_cell cells[] = {
	{ "short", "4 KiB from the beginning of a huge page", .arg = SHORT },
	{ "long", "a huge page and 4 KiB: the second must stay", .arg = LONG },
	{ "from-inside", "a huge page's length from 4 KiB inside", .arg = FROM_INSIDE },
	{ 0 },
};

static const struct case_info info = {
	.name = "hugetlb-dontneed",
	.summary = "MADV_DONTNEED of part of a hugetlb page must keep the page",
	.tags = "hugetlb madvise persistence",
	.needs = NEED_HUGETLB,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:8ebe0a5eaaeb",
	.broken_since = "5.18",
	.fixed_in = "6.1",
	.lever = "one system call",
	.counters = { { "control_dropped", true },
		      { "advised", true },
		      { "refused" },
		      { "checked", true } },
	.cells = cells,
};

/* A whole huge page is dropped, as asked for; false where the kernel cannot yet. */
static bool drop_whole(struct case_ctx *c, struct map *control)
{
	if (!case_disturbs(c))
		return true;
	if (madvise(control->at, control->len / 2, MADV_DONTNEED)) {
		if (errno == EINVAL)
			return false;
		fail("MADV_DONTNEED of a whole huge page");
	}
	case_count(c, CONTROL_DROPPED, *control->at == 0);
	return true;
}

static void advise(struct case_ctx *c, struct map *map)
{
	size_t huge = map->len / 2;
	char *from = map->at + (c->cell->arg == FROM_INSIDE ? STAMP_PAGE : 0);
	size_t len = c->cell->arg == SHORT  ? STAMP_PAGE
		     : c->cell->arg == LONG ? huge + STAMP_PAGE
					    : huge;

	if (madvise(from, len, MADV_DONTNEED)) /* broken kernels round up here */
		case_count(c, REFUSED, 1);
	case_count(c, ADVISED, 1);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	size_t keep = c->cell->arg == LONG ? map->len / 2 : 0;

	if (!drop_whole(c, control))
		return case_skip(c, "MADV_DONTNEED works on hugetlb from 5.18 on: %s",
				 strerror(EINVAL));
	if (case_disturbs(c))
		advise(c, map);
	case_count(c, CHECKED, (map->len - keep) / STAMP_PAGE);
	return case_check(c, map, keep, map->len - keep, 1, STAMP_CPU) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	struct map one;
	size_t pages;

	/* Two huge pages each, whatever size they have. */
	if (!case_map(c, &one, MAP_KIND_HUGETLB, 1, 0))
		return INCONCLUSIVE;
	pages = 2 * one.pages;
	map_free(&one);
	return case_trials(c, MAP_KIND_HUGETLB, pages, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
