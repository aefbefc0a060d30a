// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is done to the file below the memory: holes, truncation, writing back.
 * A pin keeps a page that the file has lost, and its device may go on writing
 * there: what the file has in its place must never see that.
 */
#include "fail.h"
#include "knob.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The pages that are not in the page cache. */
static size_t gone(const struct map *map)
{
	unsigned char *pages = calloc(map->pages, 1);
	size_t n = 0;

	if (!pages || mincore(map->at, map->len, pages))
		fail("mincore");
	for (size_t i = 0; i < map->pages; i++)
		n += !(pages[i] & 1);
	free(pages);
	return n;
}

/* The whole pages of [from, to) have no data in the file; parts of pages nobody can tell of. */
static size_t holes(const struct map *map, size_t from, size_t to)
{
	off_t page = pagemap_page_size(), first = (from + page - 1) / page, end = to / page, data;

	if (first >= end)
		return map->pages;
	if (map->fd < 0)
		return gone(map);
	data = lseek(map->fd, first * page, SEEK_DATA);
	return data < 0 || data >= end * page ? end - first : 0;
}

static size_t run_punch(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t from = scene_from(s), len = scene_len(s, map);
	int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	if (map->fd < 0 ? say(madvise(map->at + from, len, MADV_REMOVE))
			: say(fallocate(map->fd, hole, from, len)))
		fail("punching a hole of %zu bytes", len);
	return holes(map, from, from + len);
}

/* A file's pages may be in large folios, and WHERE may end in one. */
static bool cuts(const struct model *m, const struct scene_step *s, const struct actor *a)
{
	return a->map.kind == MAP_KIND_FILE && s->sectors && s->sectors < m->pages * MODEL_SECTORS;
}

static void model_of_punch(struct model *m, const struct scene_step *s, const struct actor *a)
{
	scene_each_mask(m, s, cuts(m, s, a) ? model_cut : model_punch);
}

/* To the first byte of WHERE, and as long as it was. */
static size_t run_truncate(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(ftruncate(map->fd, scene_from(s))) || say(ftruncate(map->fd, map->len)))
		fail("truncating to %zu bytes and back", scene_from(s));
	return holes(map, scene_from(s), map->len);
}

static void model_of_truncate(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct scene_step rest = *s;

	rest.sectors = m->pages * MODEL_SECTORS - s->first;
	scene_each_mask(m, &rest, cuts(m, &rest, a) ? model_cut : model_truncate);
}

static size_t clean(const struct map *map)
{
	return map->pages - pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_DIRTY);
}

/* Written back: pages are clean and write-protected (page_mkclean()), the pinned ones too. */
static size_t run_fsync(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(fsync(map->fd)))
		fail("fsync");
	return clean(map);
}

static size_t run_msync(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (say(msync(map->at, map->len, MS_SYNC)))
		fail("msync");
	return clean(map);
}

/* Clean pages that nobody maps leave the page cache: fsync and dontneed come first. */
static size_t run_drop_caches(struct actor *a, struct map *map, const struct scene_step *s)
{
	if (map == &a->control)
		return 0; /* one for both */
	story("\"1\" to vm.drop_caches");
	knob_set("/proc/sys/vm/drop_caches", "1");
	return gone(map) + gone(&a->control);
}

/* The same for this file alone. */
static size_t run_evict(struct actor *a, struct map *map, const struct scene_step *s)
{
	errno = say(posix_fadvise(map->fd, 0, 0, POSIX_FADV_DONTNEED));
	if (errno)
		fail("POSIX_FADV_DONTNEED");
	return gone(map);
}

const struct scene_op scene_ops_file[] = {
	{ .name = "punch",
	  .summary = "[WHERE]: a hole in the file (MADV_REMOVE where there is no descriptor)",
	  .promise = "zeros, for all that map the file: fallocate(2)",
	  .argument = { ARG_WHERE },
	  .kinds = SCENE_BY_FD | SCENE_SHMEM,
	  .run = run_punch,
	  .model = model_of_punch,
	  .disturbs = true,
	  .drops = true },
	{ .name = "truncate",
	  .summary = "[WHERE]: the file ends before it for a moment",
	  .promise = "zeros, for all that map the file: truncate(2)",
	  .argument = { ARG_WHERE },
	  .kinds = SCENE_BY_FD,
	  .run = run_truncate,
	  .model = model_of_truncate,
	  .disturbs = true,
	  .drops = true },
	{ .name = "fsync",
	  .summary = "the file is written back, its pages are clean",
	  .needs = NEED_PFN,
	  .kinds = SCENE_KIND(FILE),
	  .run = run_fsync,
	  .disturbs = true },
	{ .name = "msync",
	  .summary = "the same through the mapping",
	  .needs = NEED_PFN,
	  .kinds = SCENE_KIND(FILE),
	  .run = run_msync,
	  .disturbs = true },
	{ .name = "drop-caches",
	  .summary = "clean pages leave the page cache, after fsync and dontneed",
	  .needs = NEED_ROOT,
	  .kinds = SCENE_KIND(FILE),
	  .run = run_drop_caches,
	  .disturbs = true },
	{ .name = "evict",
	  .summary = "the same for this file alone, by POSIX_FADV_DONTNEED",
	  .kinds = SCENE_KIND(FILE),
	  .run = run_evict,
	  .disturbs = true },
	{ 0 },
};
