// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages that userfaultfd puts there. UFFDIO_MOVE takes the page itself to
 * another address; UFFDIO_CONTINUE maps what the file has; UFFDIO_ZEROPAGE maps
 * zeros. Each makes its PTE by hand, and each bit in it can be wrong.
 */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "uffd-fill.h"

#include <sys/mman.h>
#include <unistd.h>

/*
 * What is passed over when the kernel refuses (uffd-fill.h). A large folio that is pinned and
 * mapped by PTEs must not be tried at all.
 */
static size_t step(const struct map *map)
{
	return pagemap_smaps_kb(map->at, "AnonHugePages:") > 0 ? map->len : pagemap_page_size();
}

/* Away and back, what goes: pinned and shared pages stay (ioctl_userfaultfd(2), EBUSY). */
static size_t run_move(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *area, *place = scene_room(map, PROT_READ | PROT_WRITE, &area);
	size_t moved, over = step(map);
	int fd = uffd_fill_open(UFFD_FILL_MOVE, place, map->len, false);

	moved = uffd_move(fd, place, map->at, map->len, over);
	uffd_fill_register(fd, UFFD_FILL_MOVE, map->at, map->len, false);
	if (uffd_move(fd, map->at, place, map->len, over) != moved)
		fail("UFFDIO_MOVE back of %zu pages", moved);
	close(fd);
	munmap(area, 2 * map->len);
	return moved;
}

/* Away for good. A page that moved from under its pin would leave a hole there. */
static size_t run_leave(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *area, *place = scene_room(map, PROT_READ | PROT_WRITE, &area);
	int fd = uffd_fill_open(UFFD_FILL_MOVE, place, map->len, false);
	size_t moved = uffd_move(fd, place, map->at, map->len, step(map));

	close(fd); /* what has moved stays where it is: no TLB is flushed for an end of it */
	return moved;
}

static void model_of_leave(struct model *m, const struct scene_step *s, const struct actor *a)
{
	for (unsigned int page = 0; page < m->pages; page++)
		if (!model_pinned(m, s->process, page))
			model_drop(m, s->process, page);
}

/* The mapping goes, and the file's own pages come: without a fault. */
static size_t run_continue(struct actor *a, struct map *map, const struct scene_step *s)
{
	int fd;

	if (madvise(map->at, map->len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	fd = uffd_fill_open(UFFD_FILL_CONTINUE, map->at, map->len, false);
	uffd_continue(fd, map->at, map->len, false);
	close(fd);
	return pagemap_count(map->at, map->len, PAGEMAP_PRESENT);
}

static void model_of_continue(struct model *m, const struct scene_step *s, const struct actor *a)
{
	if (!m->shared)
		scene_each_page(m, s, model_drop);
}

static size_t run_zero(struct actor *a, struct map *map, const struct scene_step *s)
{
	int fd;

	if (madvise(map->at, map->len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	fd = uffd_fill_open(UFFD_FILL_COPY, map->at, map->len, false);
	uffd_zero(fd, map->at, map->len);
	close(fd);
	return pagemap_count(map->at, map->len, PAGEMAP_PRESENT);
}

static void model_of_zero(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_page(m, s, model_drop);
}

const struct scene_op scene_ops_uffd[] = {
	{ .name = "uffd-move",
	  .summary = "away by UFFDIO_MOVE and back",
	  .needs = NEED_UFFD_MOVE,
	  .kinds = SCENE_ANON,
	  .run = run_move,
	  .disturbs = true },
	{ .name = "uffd-leave",
	  .summary = "away for good by UFFDIO_MOVE: dropped, unless it is pinned",
	  .promise = "what has moved is zeros, what is pinned stays: UFFDIO_MOVE(2const)",
	  .needs = NEED_UFFD_MOVE,
	  .kinds = SCENE_ANON,
	  .run = run_leave,
	  .model = model_of_leave,
	  .disturbs = true,
	  .drops = true },
	{ .name = "uffd-continue",
	  .summary = "the mapping goes, UFFDIO_CONTINUE maps the file's pages",
	  .promise = "private memory reads the file's bytes: UFFDIO_CONTINUE(2const)",
	  .needs = NEED_UFFD_MINOR,
	  .kinds = SCENE_SHMEM | SCENE_KIND(MEMFD_PRIVATE),
	  .run = run_continue,
	  .model = model_of_continue,
	  .disturbs = true,
	  .drops = true },
	{ .name = "uffd-zero",
	  .summary = "dropped, UFFDIO_ZEROPAGE maps zeros",
	  .promise = "zeros: UFFDIO_ZEROPAGE(2const)",
	  .needs = NEED_UFFD_FILL,
	  .kinds = SCENE_ANON,
	  .run = run_zero,
	  .model = model_of_zero,
	  .disturbs = true,
	  .drops = true },
	{ 0 },
};
