// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that write-protects, moves or regroups pages and leaves their content alone. */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"
#include "uffd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif

static size_t run_mprotect(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t protected = 0;

	if (say(mprotect(map->at, map->len, PROT_READ)))
		fail("mprotect read-only");
	if (!pagemap_writable(map->at))
	protected = map->pages;
	if (say(mprotect(map->at, map->len, PROT_READ | PROT_WRITE)))
		fail("mprotect back");
	return protected;
}

/* PTEs that nobody may use, and back: the bits of what was there are kept beside. */
static size_t run_mprotect_none(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(mprotect(map->at, map->len, PROT_NONE)) ||
	    say(mprotect(map->at, map->len, PROT_READ | PROT_WRITE)))
		fail("mprotect to nothing and back");
	return map->pages;
}

static size_t run_clear_refs(struct actor *a, struct map *map, const struct scene_step *s)
{
	int fd = say(open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));

	if (fd < 0 || say(write(fd, "4", 1)) != 1)
		fail("clear_refs");
	close(fd);
	return map->pages - pagemap_count(map->at, map->len, PAGEMAP_SOFT_DIRTY);
}

/* Away and back: the pin knows the buffer by its address. */
static size_t run_mremap(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *area, *place = scene_room(map, PROT_NONE, &area);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (say(mremap(map->at, map->len, map->len, flags, place)) != place) {
		if (map->kind != MAP_KIND_HUGETLB || errno != EINVAL)
			fail("mremap away");
		a->refused = errno; /* before 5.16 */
	} else if (say(mremap(place, map->len, map->len, flags, map->at)) != map->at) {
		fail("mremap back");
	}
	munmap(area, 2 * map->len);
	return map->pages;
}

static size_t run_uffd_wp(struct actor *a, struct map *map, const struct scene_step *s)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)map->at, .len = map->len },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = uffd_open(scene_uffd_kind(map->kind));
	size_t armed;

	uffd_register(fd, map->at, map->len);
	if (say(ioctl(fd, UFFDIO_WRITEPROTECT, &wp)))
		fail("UFFDIO_WRITEPROTECT on");
	armed = uffd_armed(map->at, map->len);
	wp.mode = 0;
	if (say(ioctl(fd, UFFDIO_WRITEPROTECT, &wp)))
		fail("UFFDIO_WRITEPROTECT off");
	close(fd);
	return armed;
}

/* A part that is read-only for a moment: the PMD is split, the folio stays whole. */
static size_t run_split_pmd(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t page = pagemap_page_size();

	if (pagemap_smaps_kb(map->at, "AnonHugePages:") <= 0)
		return 0;
	if (say(mprotect(map->at, page, PROT_READ)) ||
	    say(mprotect(map->at, page, PROT_READ | PROT_WRITE)))
		fail("mprotect of one page");
	return pagemap_smaps_kb(map->at, "AnonHugePages:") ? 0 : map->pages;
}

/* EAGAIN, EBUSY and the like: the kernel may refuse, and does for pinned pages. */
static size_t run_collapse(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(madvise(map->at, map->len, MADV_HUGEPAGE)) ||
	    say(madvise(map->at, map->len, MADV_COLLAPSE)))
		return 0;
	return pagemap_smaps_kb(map->at, "AnonHugePages:") > 0 ? map->pages : 0;
}

const struct scene_op scene_ops_protect[] = {
	{ .name = "mprotect",
	  .summary = "read-only and back",
	  .run = run_mprotect,
	  .disturbs = true },
	{ .name = "mprotect-none",
	  .summary = "no access and back",
	  .run = run_mprotect_none,
	  .disturbs = true },
	{ .name = "clear-refs",
	  .summary = "soft-dirty bits are cleared, pages write-protected",
	  .needs = NEED_SOFT_DIRTY,
	  .run = run_clear_refs,
	  .disturbs = true },
	{ .name = "mremap", .summary = "away and back", .run = run_mremap, .disturbs = true },
	{ .name = "uffd-wp",
	  .summary = "write-protected by userfaultfd and lifted",
	  .needs = NEED_UFFD_WP,
	  .run = run_uffd_wp,
	  .disturbs = true },
	{ .name = "split-pmd",
	  .summary = "the PMD mapping of a huge page is split",
	  .needs = NEED_THP,
	  .run = run_split_pmd,
	  .disturbs = true },
	{ .name = "collapse",
	  .summary = "MADV_COLLAPSE to huge pages",
	  .needs = NEED_THP,
	  .run = run_collapse,
	  .disturbs = true },
	{ 0 },
};
