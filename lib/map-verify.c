// SPDX-License-Identifier: GPL-2.0-or-later
#include "map-kinds.h"
#include "pagemap.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static bool is_not(char *why, size_t size, const char *fmt,
							 ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return false;
}

static bool all_present(const struct map *map, char *why, size_t size)
{
	size_t n = pagemap_count(map->at, map->len, PAGEMAP_PRESENT);

	return n == map->pages || is_not(why, size, "%zu of %zu pages are present", n, map->pages);
}

/* Flags that all pages have, or none has. Without root nobody can tell. */
static bool flagged(const struct map *map, int flag, const char *what, bool all, char *why,
		    size_t size)
{
	size_t n, want = all ? map->pages : 0;

	if (!pagemap_flags_visible() || !pagemap_pfns_visible())
		return true;
	n = pagemap_count_flag(map->at, map->len, flag);
	return n == want || is_not(why, size, "%zu of %zu pages are %s", n, map->pages, what);
}

static bool is_anon(const struct map *map, char *why, size_t size)
{
	return all_present(map, why, size) &&
	       flagged(map, PAGEMAP_KPF_ANON, "anonymous", true, why, size) &&
	       flagged(map, PAGEMAP_KPF_THP, "THP", false, why, size);
}

static bool huge_kb(const struct map *map, const char *field, size_t want, char *why, size_t size)
{
	long kb = pagemap_smaps_kb(map->at, field);

	return kb == (long)(want >> 10) ||
	       is_not(why, size, "smaps says %s %ld kB of %zu; memory may be too fragmented", field,
		      kb, want >> 10);
}

static bool is_thp(const struct map *map, char *why, size_t size)
{
	return huge_kb(map, "AnonHugePages:", map->len, why, size) &&
	       flagged(map, PAGEMAP_KPF_THP, "THP", true, why, size);
}

static bool is_pte_thp(const struct map *map, char *why, size_t size)
{
	return huge_kb(map, "AnonHugePages:", 0, why, size) && all_present(map, why, size) &&
	       flagged(map, PAGEMAP_KPF_THP, "of a THP", true, why, size);
}

/* A folio of 64 KiB: its frames follow each other and its head is the first. */
static bool is_mthp(const struct map *map, char *why, size_t size)
{
	size_t page = pagemap_page_size(), per = MAP_MTHP_BYTES / page;
	uint64_t first = 0, pfn;

	if (!all_present(map, why, size))
		return false;
	for (size_t i = 0; i < map->pages; i++) {
		pfn = pagemap_of(map->at + i * page).pfn;
		if (i % per == 0)
			first = pfn;
		if (pfn && (pfn != first + i % per || first % per))
			return is_not(why, size, "page %zu is in no folio of 64 KiB", i);
	}
	return flagged(map, PAGEMAP_KPF_THP, "of a large folio", true, why, size);
}

static bool is_hugetlb(const struct map *map, char *why, size_t size)
{
	return huge_kb(map, "Private_Hugetlb:", map->len, why, size);
}

static bool is_shared(const struct map *map, char *why, size_t size)
{
	return all_present(map, why, size) &&
	       flagged(map, PAGEMAP_KPF_ANON, "anonymous", false, why, size);
}

/* A private file page that was written is anonymous memory in a file's VMA. */
static bool is_copied(const struct map *map, char *why, size_t size)
{
	return all_present(map, why, size) &&
	       flagged(map, PAGEMAP_KPF_ANON, "anonymous", true, why, size);
}

/*
 * Merged with the twin is in the same frame. (Not by the page flag: some kernels
 * around 6.12 show KSM on every anonymous page.)
 */
size_t map_merged(const struct map *map)
{
	size_t n = 0;
	uint64_t pfn;

	for (size_t at = 0; at < map->len; at += pagemap_page_size()) {
		pfn = pagemap_of(map->at + at).pfn;
		n += pfn && pfn == pagemap_of(map->twin + at).pfn;
	}
	return n;
}

static bool is_ksm(const struct map *map, char *why, size_t size)
{
	size_t n = map_merged(map);

	return n == map->pages || is_not(why, size, "%zu of %zu pages are merged", n, map->pages);
}

static bool is_zero(const struct map *map, char *why, size_t size)
{
	return all_present(map, why, size) &&
	       flagged(map, PAGEMAP_KPF_ZERO_PAGE, "the zero page", true, why, size);
}

bool (*const map_verifiers[MAP_KINDS])(const struct map *map, char *why, size_t size) = {
	[MAP_KIND_ANON] = is_anon,	 [MAP_KIND_MTHP] = is_mthp,
	[MAP_KIND_THP] = is_thp,	 [MAP_KIND_PTE_THP] = is_pte_thp,
	[MAP_KIND_HUGETLB] = is_hugetlb, [MAP_KIND_SHARED_ANON] = is_shared,
	[MAP_KIND_MEMFD] = is_shared,	 [MAP_KIND_MEMFD_PRIVATE] = is_copied,
	[MAP_KIND_FILE] = is_shared,	 [MAP_KIND_FILE_PRIVATE] = is_copied,
	[MAP_KIND_KSM] = is_ksm,	 [MAP_KIND_ZERO] = is_zero,
};
