// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the memory with all its mappings, and judging what is in it. */
#include "body.h"
#include "diag.h"
#include "fail.h"
#include "pagemap.h"
#include "pattern.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILLER_PAGES 64
#define THP_KNOBS    "/sys/kernel/mm/transparent_hugepage/"
#define PLAIN	     (PROT_READ | PROT_WRITE)

const char *body_kind_name(unsigned int kind)
{
	return kind == BODY_SHMEM_THP  ? "shmem-thp"
	       : kind == BODY_THP_ZERO ? "thp-zero"
				       : map_kind_name(kind);
}

uint64_t body_kind_needs(unsigned int kind)
{
	return kind == BODY_SHMEM_THP  ? NEED_THP | NEED_ROOT
	       : kind == BODY_THP_ZERO ? NEED_THP
				       : map_needs(kind);
}

bool body_shared(unsigned int kind)
{
	return kind == BODY_SHMEM_THP || kind == MAP_KIND_SHARED_ANON || kind == MAP_KIND_MEMFD ||
	       kind == MAP_KIND_FILE;
}

/*
 * Memory in huge pages, of a memfd or of nothing yet; how far the kernel gave
 * them is no matter of content.
 */
static void make_huge(struct body *b, size_t pages, int fd)
{
	struct map *map = &b->map;
	size_t page = pagemap_page_size(), unit = 2u << 20;
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	*map = (struct map){ .kind = fd < 0 ? MAP_KIND_THP : MAP_KIND_MEMFD,
			     .fd = fd,
			     .stamp = stamp_make(b->c->seed, 0) };
	map->len = (pages * page + unit - 1) / unit * unit;
	map->pages = map->len / page;
	map->frames = calloc(map->pages, sizeof(*map->frames));
	map->area_len = map->len + unit;
	map->area = mmap(NULL, map->area_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!map->frames || map->area == MAP_FAILED || (fd >= 0 && ftruncate(fd, map->len)))
		fail("%zu bytes in huge pages", map->len);
	map->at = (char *)(((uintptr_t)map->area + unit - 1) / unit * unit);
	if (mmap(map->at, map->len, PLAIN, flags | MAP_FIXED, fd, 0) != map->at ||
	    madvise(map->at, map->len, MADV_HUGEPAGE))
		fail("a mapping of %zu bytes in huge pages", map->len);
	map_read(map);
}

static void make_shmem_thp(struct body *b, size_t pages)
{
	int fd = memfd_create("lostwrite", MFD_CLOEXEC);

	if (fd < 0)
		fail("memfd_create");
	if (!res_write(THP_KNOBS "shmem_enabled", "advise"))
		fail("%s", res_why());
	make_huge(b, pages, fd);
}

static bool make_map(struct body *b, size_t pages)
{
	char why[200];

	if (b->kind == BODY_SHMEM_THP) {
		make_shmem_thp(b, pages);
		return true;
	}
	if (b->kind == BODY_THP_ZERO) {
		make_huge(b, pages, -1);
		return true;
	}
	if (map_make(&b->map, b->kind, pages, b->c->seed, 0, why, sizeof(why)))
		return true;
	case_inconclusive(b->c, "no %s memory: %s", map_kind_name(b->kind), why);
	return false;
}

/* Another mapping of the same pages: mremap(2) of no bytes duplicates a shared one. */
static char *map_again(const struct map *map)
{
	char *again = mremap(map->at, 0, map->len, MREMAP_MAYMOVE);

	if (again == MAP_FAILED)
		fail("another mapping of %zu bytes", map->len);
	return again;
}

static int direct_file(size_t len)
{
	int fd = open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);

	if (fd >= 0 && ftruncate(fd, len))
		fail("a file of %zu bytes in %s", len, res_scratch_dir());
	return fd;
}

bool body_make(struct body *b, struct case_ctx *c, unsigned int kind, size_t pages)
{
	char why[200];

	*b = (struct body){ .c = c,
			    .kind = kind,
			    .name = "",
			    .doing = "after the first write",
			    .shared = body_shared(kind) };
	if (!make_map(b, pages))
		return false;
	if (b->map.len / STAMP_PAGE > BODY_PAGES)
		fail("%zu pages are too many", b->map.pages);
	b->expected =
		b->shared ? child_shared(sizeof(*b->expected)) : calloc(1, sizeof(*b->expected));
	b->newest = child_shared(sizeof(*b->newest));
	b->child = child_shared(sizeof(*b->child));
	b->device = memfd_create("lostwrite-device", MFD_CLOEXEC);
	if (!b->expected || b->device < 0 || ftruncate(b->device, b->map.len))
		fail("memory for the expected content");
	b->direct = direct_file(b->map.len);
	if (b->shared)
		b->second = map_again(&b->map);
	if (!map_make(&b->filler, MAP_KIND_ANON, FILLER_PAGES, c->seed, 1, why, sizeof(why)))
		return !!case_inconclusive(c, "no memory: %s", why) && false;
	if (kind != BODY_THP_ZERO)
		body_write(b, BODY_CPU, 0, b->map.len / STAMP_PAGE);
	return true;
}

void body_free(struct body *b)
{
	if (b->second)
		munmap(b->second, b->map.len);
	map_free(&b->map);
	map_free(&b->filler);
	close(b->device);
	if (b->direct >= 0)
		close(b->direct);
}

/* --- the oracle --- */

static void diagnose(struct body *b, struct stamp_bad *bad, const char *page, const char *view,
		     unsigned int pages)
{
	char who[128], where[160];
	int n;

	bad->pages = pages;
	snprintf(who, sizeof(who), "step %u, %s: %s%s%s", b->step, b->doing, b->name,
		 *b->name && *view ? ", " : "", view);
	strcat(who, *b->name || *view ? " read " : "");
	n = snprintf(where, sizeof(where), "pagemap ");
	pagemap_text(b->map.at + (size_t)bad->page * STAMP_PAGE,
		     b->map.frames[(size_t)bad->page * STAMP_PAGE / pagemap_page_size()], where + n,
		     sizeof(where) - n);
	diag_page(page);
	case_diagnose(b->c, &b->map, bad, b->map.len / STAMP_PAGE, who, where);
}

static bool check_bytes(struct body *b, const char *bytes, unsigned int first, unsigned int count,
			const char *view)
{
	struct stamp_bad bad, now;
	unsigned int pages = 0;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int page = first + i;

		if (pattern_verify(&b->map.stamp, bytes + (size_t)i * STAMP_PAGE, page,
				   b->expected->generation[page], b->expected->writer[page], &now))
			continue;
		if (!pages++)
			bad = now;
	}
	if (pages)
		diagnose(b, &bad, bytes + (size_t)(bad.page - first) * STAMP_PAGE, view, pages);
	return !pages;
}

bool body_check_copy(struct body *b, const void *bytes, unsigned int first, unsigned int count,
		     const char *who)
{
	return check_bytes(b, bytes, first, count, who);
}

/* --inject: a stamped page is damaged, once, in the first process. */
static void damage(struct body *b)
{
	static bool done;
	unsigned int pages = b->map.len / STAMP_PAGE;

	for (unsigned int page = 0; page < pages && !done && !*b->name && b->step; page++) {
		unsigned int generation = b->expected->generation[page];
		size_t offset = (size_t)page * STAMP_PAGE;

		if (!generation || pattern_of(&b->map.stamp, page, generation) != PATTERN_STAMPED)
			continue;
		case_damage(b->c, &b->map, b->map.at + offset, offset, STAMP_PAGE, generation,
			    b->expected->writer[page]);
		done = true;
	}
}

static bool check_file(struct body *b)
{
	char *bytes = malloc(b->map.len);
	bool ok;

	if (!bytes || pread(b->map.fd, bytes, b->map.len, 0) != (ssize_t)b->map.len)
		fail("reading %zu bytes of the file", b->map.len);
	ok = check_bytes(b, bytes, 0, b->map.len / STAMP_PAGE, "read(2)");
	free(bytes);
	return ok;
}

bool body_check(struct body *b)
{
	unsigned int pages = b->map.len / STAMP_PAGE;

	damage(b);
	case_count(b->c, 1, pages);
	if (!check_bytes(b, b->map.at, 0, pages, "") ||
	    (b->second && !check_bytes(b, b->second, 0, pages, "the second mapping")) ||
	    (b->shared && b->map.fd >= 0 && !check_file(b)))
		return false;
	return !b->child->pid || *b->name || body_order(b, BODY_CHECK);
}

void body_read(struct body *b, unsigned int first, unsigned int count)
{
	volatile const char *at = b->map.at;
	unsigned int stride = 2 * rng_below(&b->c->rng, count) + 1, page = 0;

	/* An odd stride visits all of a power of two; what others it leaves, the check reads. */
	for (unsigned int i = 0; i < count; i++, page = (page + stride) % count)
		(void)at[(size_t)(first + page) * STAMP_PAGE];
}

void body_remap(struct body *b, bool peek)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	size_t len = b->map.len, unit = 2u << 20;
	char *area = mmap(NULL, len + unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *place;

	if (area == MAP_FAILED)
		fail("address space");
	place = (char *)(((uintptr_t)area + unit - 1) / unit * unit);
	if (mremap(b->map.at, len, len, flags, place) != place)
		fail("mremap away");
	if (peek)
		(void)*(volatile char *)place; /* one page comes back in between */
	if (mremap(place, len, len, flags, b->map.at) != b->map.at)
		fail("mremap back");
	munmap(area, len + unit);
}
