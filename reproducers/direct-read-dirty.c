// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * direct-read-dirty: pages that a direct read filled must be dirty afterwards
 *
 * Story    A device writes to memory behind the page tables: no PTE becomes
 *          dirty. Whoever started the read has to dirty the pages when it is
 *          complete. If the page was clean before (just back from swap, or a
 *          hole of shmem that was only read), reclaim otherwise believes that
 *          the old copy is good and drops the page.
 * Seen as  A read that succeeded, correct data, and the old data some time
 *          later on a machine that reclaims.
 * Fixed    Block and FUSE have always dirtied them (bio_set_pages_dirty(),
 *          fuse_release_user_pages()); io_uring's registered buffers do not,
 *          see uring-fixed-clean-page. a7e689dd1c06 (v6.5) and 738adade96b2
 *          (v6.9) rewrote both places: a kernel that loses this has regressed.
 * Steps    1 pages present and clean  2 O_DIRECT read  3 page out  4 they hold
 *          the device's data.
 * Notes    No kernel at hand has the bug: seen to fail under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "res.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 16

enum { CLEAN, READ, PAGED_OUT, CHECKED };
enum { BLOCK = 0, FUSE = 1, SHMEM = 2 };

static const struct case_cell cells[] = {
	{ "swapcache-block", "anonymous, just back from swap; a file on a disk",
	  .needs = NEED_O_DIRECT, .arg = BLOCK },
	{ "swapcache-fuse", "anonymous, just back from swap; FUSE", .needs = NEED_FUSE,
	  .arg = FUSE },
	{ "shmem-block", "a hole of shmem that was only read; a file on a disk",
	  .needs = NEED_O_DIRECT, .arg = SHMEM | BLOCK },
	{ "shmem-fuse", "a hole of shmem that was only read; FUSE", .needs = NEED_FUSE,
	  .arg = SHMEM | FUSE },
	{ 0 },
};

static const struct case_info info = {
	.name = "direct-read-dirty",
	.summary = "O_DIRECT read into clean pages, which reclaim then takes",
	.tags = "pin odirect fuse anon shmem swap reclaim",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:a7e689dd1c06 linux-git:738adade96b2",
	.lever = "clean pages, known by pagemap",
	.seen = "seeded (fuse: read pages not dirtied) shmem-fuse 0.8 s",
	.counters = { { "clean", true },
		      { "read", true },
		      { "paged_out", true },
		      { "checked", true } },
	.cells = cells,
};

static size_t page_out(struct map *map)
{
	map_remember(map);
	madvise(map->at, map->len, MADV_PAGEOUT);
	return map_wait_out(map, 1000);
}

/* Present and clean, whatever they hold. */
static size_t make_clean(struct case_ctx *c, struct map *map)
{
	if (c->cell->arg & SHMEM) {
		if (madvise(map->at, map->len, MADV_REMOVE)) /* a hole again */
			fail("MADV_REMOVE");
	} else {
		page_out(map);
	}
	map_read(map);
	return pagemap_count(map->at, map->len, PAGEMAP_PRESENT) -
	       pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_DIRTY);
}

static void read_block(struct map *map)
{
	int fd = open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);

	if (fd < 0 || !stamp_file(&map->stamp, fd, map->len, 2, STAMP_DEVICE))
		fail("an O_DIRECT file in %s", res_scratch_dir());
	if (pread(fd, map->at, map->len, 0) != (ssize_t)map->len)
		fail("O_DIRECT read");
	close(fd);
}

static void read_fuse(struct map *map)
{
	struct hold *hold = hold_open();

	stamp_fill(&map->stamp, hold_device(hold), 0, map->len, 2, STAMP_DEVICE);
	hold_read(hold, map->at, map->len);
	if (hold_release(hold) != (ssize_t)map->len)
		fail("the held read was short");
	hold_close(hold);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	case_count(c, CLEAN, make_clean(c, map));
	if (c->cell->arg & FUSE)
		read_fuse(map);
	else
		read_block(map);
	case_count(c, READ, map->pages);
	if (case_disturbs(c))
		case_count(c, PAGED_OUT, page_out(map));
	case_count(c, CHECKED, map->pages);
	return case_check_all(c, map, 2, STAMP_DEVICE) ? PASS : CORRUPT;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg & SHMEM ? MAP_KIND_SHARED_ANON : MAP_KIND_ANON, PAGES,
			   trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
