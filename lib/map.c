// SPDX-License-Identifier: GPL-2.0-or-later
#include "map-kinds.h"
#include "deadline.h"
#include "fail.h"
#include "knob.h"
#include "need.h"
#include "pagemap.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THP_KNOBS "/sys/kernel/mm/transparent_hugepage/"
#define KSM_KNOBS "/sys/kernel/mm/ksm/"
#define PLAIN	  (PROT_READ | PROT_WRITE)

static size_t thp_bytes(void)
{
	size_t bytes = 0;
	FILE *file = fopen(THP_KNOBS "hpage_pmd_size", "re");

	if (file && fscanf(file, "%zu", &bytes) != 1)
		bytes = 0;
	if (file)
		fclose(file);
	return bytes ? bytes : 2u << 20;
}

static size_t mthp_bytes(void)
{
	return MAP_MTHP_BYTES;
}

static size_t hugetlb_bytes(void)
{
	long kb = knob_meminfo("Hugepagesize");

	return kb ? (size_t)kb << 10 : 2u << 20;
}

/* Aligned to the unit, with a page of nothing on both sides: no VMA merges with ours. */
static void reserve(struct map *map, size_t unit)
{
	size_t page = pagemap_page_size();
	uintptr_t at;

	map->area_len = map->len + unit + 2 * page;
	map->area = mmap(NULL, map->area_len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map->area == MAP_FAILED)
		fail("address space for %zu pages", map->pages);
	at = (uintptr_t)map->area + page;
	map->at = (char *)((at + unit - 1) / unit * unit);
}

static void enable_mthp(struct map *map)
{
	if (!res_write(THP_KNOBS "hugepages-64kB/enabled", "madvise"))
		fail("%s", res_why());
}

/* A pool that does not grow is seen by the verifier: the mapping is then a plain one. */
static void grow_pool(struct map *map)
{
	long need = map->len / hugetlb_bytes() + 2; /* and what a fork or two may copy */
	long lacking = need - knob_meminfo("HugePages_Free");
	char value[32];

	snprintf(value, sizeof(value), "%ld", knob_meminfo("HugePages_Total") + lacking);
	if (lacking > 0 && !res_write("/proc/sys/vm/nr_hugepages", value))
		fail("%s", res_why());
}

static void open_memfd(struct map *map)
{
	map->fd = memfd_create("lostwrite", MFD_CLOEXEC);
	if (map->fd < 0 || ftruncate(map->fd, map->len))
		fail("memfd of %zu bytes", map->len);
}

static void open_file(struct map *map)
{
	map->fd = res_scratch_file(0);
	if (map->fd < 0)
		fail("a file in %s", res_scratch_dir());
	if (!stamp_file(&map->stamp, map->fd, map->len, 1, STAMP_CPU))
		fail("writing a file of %zu bytes in %s", map->len, res_scratch_dir());
}

/* Another protection for a part and back splits the PMD, and only the PMD. */
static void split_pmds(struct map *map)
{
	size_t page = pagemap_page_size(), unit = thp_bytes();

	for (size_t at = 0; at < map->len; at += unit)
		if (mprotect(map->at + at, page, PROT_READ) || mprotect(map->at + at, page, PLAIN))
			fail("mprotect to split a PMD");
	/* Else khugepaged would put it together again, sooner or later. */
	if (madvise(map->at, map->len, MADV_NOHUGEPAGE))
		fail("MADV_NOHUGEPAGE");
}

static void merge(struct map *map)
{
	static const char *const knobs[][2] = { { KSM_KNOBS "pages_to_scan", "2000" },
						{ KSM_KNOBS "sleep_millisecs", "1" },
						{ KSM_KNOBS "run", "1" } };
	struct deadline d;

	map->twin = mmap(NULL, map->len, PLAIN, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map->twin == MAP_FAILED)
		fail("the twin mapping");
	stamp_fill(&map->stamp, map->twin, 0, map->len, 1, STAMP_CPU);
	if (madvise(map->at, map->len, MADV_MERGEABLE) ||
	    madvise(map->twin, map->len, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	for (int i = 0; i < 3; i++)
		if (!res_write(knobs[i][0], knobs[i][1]))
			fail("%s", res_why());
	d = deadline_in(2000);
	while (map_merged(map) < map->pages && deadline_wait(&d))
		;
}

#define ANON   (MAP_PRIVATE | MAP_ANONYMOUS)
#define NO_THP MADV_NOHUGEPAGE
#define THP    MADV_HUGEPAGE

/* How each kind is made, from left to right; then it is stamped, then AFTER. */
static const struct kind {
	const char *name;
	uint64_t needs;
	size_t (*unit)(void);
	void (*before)(struct map *map);
	int flags, advice;
	void (*after)(struct map *map);
} kinds[MAP_KINDS] = {
	[MAP_KIND_ANON] = { "anon4k", 0, pagemap_page_size, NULL, ANON, NO_THP },
	[MAP_KIND_MTHP] = { "mthp", NEED_MTHP | NEED_ROOT, mthp_bytes, enable_mthp, ANON, THP },
	[MAP_KIND_THP] = { "thp", NEED_THP, thp_bytes, NULL, ANON, THP },
	[MAP_KIND_PTE_THP] = { "pte-thp", NEED_THP, thp_bytes, NULL, ANON, THP, split_pmds },
	[MAP_KIND_HUGETLB] = { "hugetlb", NEED_HUGETLB, hugetlb_bytes, grow_pool,
			       ANON | MAP_HUGETLB },
	[MAP_KIND_SHARED_ANON] = { "shared-anon", 0, pagemap_page_size, NULL,
				   MAP_SHARED | MAP_ANONYMOUS },
	[MAP_KIND_MEMFD] = { "memfd", 0, pagemap_page_size, open_memfd, MAP_SHARED },
	[MAP_KIND_MEMFD_PRIVATE] = { "memfd-private", 0, pagemap_page_size, open_memfd,
				     MAP_PRIVATE },
	[MAP_KIND_FILE] = { "file", 0, pagemap_page_size, open_file, MAP_SHARED },
	[MAP_KIND_FILE_PRIVATE] = { "file-private", 0, pagemap_page_size, open_file, MAP_PRIVATE },
	[MAP_KIND_KSM] = { "ksm", NEED_KSM | NEED_PFN, pagemap_page_size, NULL, ANON, NO_THP,
			   merge },
	[MAP_KIND_ZERO] = { "zero-page", NEED_ZERO_PAGE, pagemap_page_size, NULL, ANON, NO_THP },
};

/* Without a pool a hugetlb mapping is a plain one, which the verifier sees. */
static bool map_at(struct map *map, int flags)
{
	flags |= MAP_FIXED;
	if (mmap(map->at, map->len, PLAIN, flags, map->fd, 0) == map->at)
		return true;
	return map->kind == MAP_KIND_HUGETLB &&
	       mmap(map->at, map->len, PLAIN, flags & ~MAP_HUGETLB, -1, 0) == map->at;
}

static void make(struct map *map)
{
	if (kinds[map->kind].before)
		kinds[map->kind].before(map);
	if (!map_at(map, kinds[map->kind].flags))
		fail("mmap of %zu %s pages", map->pages, kinds[map->kind].name);
	/* EINVAL: a kernel without THP, where nothing has to be said against it. */
	if (kinds[map->kind].advice && madvise(map->at, map->len, kinds[map->kind].advice) &&
	    (kinds[map->kind].advice != NO_THP || errno != EINVAL))
		fail("madvise for %s pages", kinds[map->kind].name);
	if (map->kind == MAP_KIND_ZERO)
		map_read(map);
	else
		map_stamp(map, 1, STAMP_CPU);
	if (kinds[map->kind].after)
		kinds[map->kind].after(map);
}

const char *map_kind_name(enum map_kind kind)
{
	return kinds[kind].name;
}

uint64_t map_needs(enum map_kind kind)
{
	return kinds[kind].needs;
}

bool map_verify(const struct map *map, char *why, size_t size)
{
	return map_verifiers[map->kind](map, why, size);
}

size_t map_bytes(enum map_kind kind, size_t pages)
{
	size_t unit = kinds[kind].unit();

	return (pages * pagemap_page_size() + unit - 1) / unit * unit;
}

void map_place(struct map *map, enum map_kind kind, size_t pages, uint64_t seed,
	       unsigned int buffer)
{
	*map = (struct map){ .kind = kind, .fd = -1, .stamp = stamp_make(seed, buffer) };
	map->len = map_bytes(kind, pages);
	map->pages = map->len / pagemap_page_size();
	map->frames = calloc(map->pages, sizeof(*map->frames));
	if (!map->frames)
		fail("memory for %zu frame numbers", map->pages);
	reserve(map, kinds[kind].unit());
	make(map);
}

bool map_make(struct map *map, enum map_kind kind, size_t pages, uint64_t seed, unsigned int buffer,
	      char *why, size_t size)
{
	map_place(map, kind, pages, seed, buffer);
	return map_verify(map, why, size);
}

void map_free(struct map *map)
{
	if (map->area)
		munmap(map->area, map->area_len);
	if (map->twin)
		munmap(map->twin, map->len);
	if (map->fd >= 0)
		close(map->fd);
	free(map->frames);
	*map = (struct map){ .fd = -1 };
}

void map_stamp(struct map *map, unsigned int generation, enum stamp_writer writer)
{
	stamp_fill(&map->stamp, map->at, 0, map->len, generation, writer);
}

void map_remember(struct map *map)
{
	pagemap_frames(map->at, map->len, map->frames);
}

size_t map_shared(const struct map *map)
{
	return map->pages - pagemap_count(map->at, map->len, PAGEMAP_EXCLUSIVE);
}

size_t map_moved(const struct map *map)
{
	size_t moved = 0;
	uint64_t pfn;

	for (size_t i = 0; i < map->pages; i++) {
		pfn = pagemap_of(map->at + i * pagemap_page_size()).pfn;
		moved += pfn && map->frames[i] && pfn != map->frames[i];
	}
	return moved;
}

size_t map_wait_out(const struct map *map, unsigned int ms)
{
	struct deadline d = deadline_in(ms);
	size_t out;

	do
		out = pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
	while (out < map->pages && deadline_wait(&d));
	pagemap_wait_written(map->frames, map->pages, ms);
	return out;
}

void map_read(const struct map *map)
{
	volatile const char *at = map->at;

	for (size_t i = 0; i < map->len; i += pagemap_page_size())
		(void)at[i];
}

void map_touch(const struct map *map)
{
	volatile char *at = map->at;
	char byte;

	for (size_t i = 0; i < map->len; i += pagemap_page_size()) {
		byte = at[i];
		at[i] = byte;
	}
}
