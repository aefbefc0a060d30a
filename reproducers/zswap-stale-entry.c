// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zswap-stale-entry: a copy in zswap must go when its page goes elsewhere
 *
 * Story    A page that was read back from zswap keeps its slot, and zswap its
 *          compressed copy. The page is written, and paged out again to the
 *          same slot. If zswap has been switched off since, the page goes to the
 *          disk; and unless somebody drops the old copy, the next swap-in finds
 *          it in zswap and takes it for the page.
 * Seen as  Old data after zswap was switched off on a machine that swaps.
 * Fixed    v6.8, 678e54d4bb9a: zswap_store() drops the duplicate even when it is
 *          off. Broken since v6.7 or so, when frontswap, which did it, went.
 * Steps    1 page out to zswap  2 read fault  3 write  4 zswap off  5 page out
 *          6 the pages hold what was written last.
 * Notes    No kernel at hand is from between: seen to fail under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "pagemap.h"
#include "res-backend.h"
#include "res.h"
#include "vmstat.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES	16
#define PART	STAMP_SECTOR /* of each page; zswap refuses pages that are all stamps */
#define ENABLED "/sys/module/zswap/parameters/enabled"

enum { STORED, KEPT_SLOT, PAGED_OUT, CHECKED };

static bool prepare(const struct case_cell *cell);

static const struct case_info info = {
	.name = "zswap-stale-entry",
	.summary = "pages that zswap held are paged out again after it was switched off",
	.tags = "anon swap zswap reclaim persistence",
	.needs = NEED_ROOT | NEED_PAGEOUT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:678e54d4bb9a",
	.fixed_in = "6.8",
	.lever = "zswap's own switch",
	.seen = "seeded (unmap: dirty not transferred) 0.2 s",
	.counters = { { "stored", true },
		      { "kept_slot" },
		      { "paged_out", true },
		      { "checked", true } },
	.prepare = prepare,
};

static bool prepare(const struct case_cell *cell)
{
	for (const struct res_backend *b = res_backends; b->name; b++)
		if (!strcmp(b->name, "zswap"))
			return res_backend_on(b);
	return res_refuse("no zswap among the backends");
}

/* The backend's undo step restores it. */
static void switch_zswap(const char *to)
{
	int fd = open(ENABLED, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, to, 1) != 1)
		fail("%s to %s", to, ENABLED);
	close(fd);
}

/* Pages that came to zswap since boot (vmstat, 5.12) or are in it (debugfs). */
static unsigned long zswap_stored(void)
{
	unsigned long pages = vmstat("zswpout");
	FILE *file = pages ? NULL : fopen("/sys/kernel/debug/zswap/stored_pages", "re");
	if (file && fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages;
}

static void write_part(struct map *map, unsigned int generation)
{
	for (size_t at = 0; at < map->len; at += STAMP_PAGE)
		stamp_fill(&map->stamp, map->at + at, at, PART, generation, STAMP_CPU);
}

static bool check_part(struct case_ctx *c, struct map *map, unsigned int generation)
{
	for (size_t at = 0; at < map->len; at += STAMP_PAGE)
		if (!case_check(c, map, at, PART, generation, STAMP_CPU))
			return false;
	return true;
}

static size_t page_out(struct map *map)
{
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	unsigned long before = zswap_stored();

	memset(map->at, 0, map->len);
	write_part(map, 1);
	switch_zswap("Y");
	page_out(map);
	case_count(c, STORED, zswap_stored() - before);
	map_read(map); /* back, and still in the swap cache: the slot is kept */
	case_count(c, KEPT_SLOT, pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_SWAPCACHE));
	write_part(map, 2);
	switch_zswap("N");
	if (case_disturbs(c))
		case_count(c, PAGED_OUT, page_out(map)); /* to the disk, in the same slot */
	case_count(c, CHECKED, map->pages);
	return check_part(c, map, 2) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
