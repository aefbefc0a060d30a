// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell.h"
#include "pagemap.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

/* A page at one moment: bits of the table below, and its frame. */
struct look {
	unsigned int bits;
	uint64_t pfn;
};

enum {
	PRESENT = 1 << 0,
	SWAPPED = 1 << 1,
	EXCLUSIVE = 1 << 2,
	FILE_OR_SHARED = 1 << 3,
	SOFT_DIRTY = 1 << 4,
	UFFD_WP = 1 << 5,
	DIRTY = 1 << 6,
	SWAP_CACHE = 1 << 7,
	WRITEBACK = 1 << 8,
	LAZY = 1 << 9,
	LARGE = 1 << 10,
	ZERO_PAGE = 1 << 11,
};

static const char *const words[] = {
	"present",  "swapped",	  "exclusive", "file or shared", "soft-dirty", "uffd-wp",
	"PG_dirty", "swap cache", "writeback", "lazily freed",	 "large",      "zero page",
};

static struct look before[MODEL_PAGES];

void tell_begin(struct actor *a)
{
	if (!case_verbose())
		return;
	story_begin();
	story_name("map", a->map.at, a->map.len);
	story_name("control", a->control.at, a->control.len);
}

/*
 * What only /proc/kpageflags says, and only to root. PG_dirty is the frame's; the
 * dirty bit of a PTE is not to be seen.
 */
static unsigned int frame_bits(uint64_t pfn)
{
	uint64_t flags = pagemap_flags(pfn);
	unsigned int bits = 0;

	bits |= flags >> PAGEMAP_KPF_DIRTY & 1 ? DIRTY : 0;
	bits |= flags >> PAGEMAP_KPF_SWAPCACHE & 1 ? SWAP_CACHE : 0;
	bits |= flags >> PAGEMAP_KPF_WRITEBACK & 1 ? WRITEBACK : 0;
	bits |= flags >> PAGEMAP_KPF_THP & 1 ? LARGE : 0;
	bits |= flags >> PAGEMAP_KPF_ZERO_PAGE & 1 ? ZERO_PAGE : 0;
	if (flags >> PAGEMAP_KPF_ANON & 1 && !(flags >> PAGEMAP_KPF_SWAPBACKED & 1))
		bits |= LAZY;
	return bits;
}

static struct look look_at(const struct map *map, size_t page)
{
	struct pagemap entry = pagemap_of(map->at + page * pagemap_page_size());
	struct look look = { .pfn = entry.pfn };

	look.bits |= entry.present ? PRESENT : entry.swapped ? SWAPPED : 0;
	look.bits |= entry.exclusive ? EXCLUSIVE : 0;
	look.bits |= entry.file_or_shared ? FILE_OR_SHARED : 0;
	look.bits |= entry.soft_dirty && look.bits ? SOFT_DIRTY : 0;
	look.bits |= entry.uffd_wp ? UFFD_WP : 0;
	if (entry.present)
		look.bits |= frame_bits(entry.pfn);
	return look;
}

void tell_before(const struct actor *a, const struct scene_step *s)
{
	if (!story_told())
		return;
	story_heading("line %u: %s", s->line, s->text);
	for (size_t page = 0; page < a->map.pages && page < MODEL_PAGES; page++)
		before[page] = look_at(&a->map, page);
}

static const char *text_of(unsigned int bits, char *text, size_t size)
{
	size_t n = snprintf(text, size, "%s", bits & (PRESENT | SWAPPED) ? "" : "not present");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && n < size; i++)
		if (bits >> i & 1)
			n += snprintf(text + n, size - n, "%s%s", n ? ", " : "", words[i]);
	return text;
}

static void tell_run(size_t from, size_t to, const struct look *was, const struct look *is)
{
	char old[128], new[128], pages[48];

	snprintf(pages, sizeof(pages), from == to ? "page %zu" : "pages %zu-%zu", from, to);
	text_of(was->bits, old, sizeof(old));
	text_of(is->bits, new, sizeof(new));
	if (was->bits != is->bits)
		story("%s: %s -> %s", pages, old, new);
	else
		story("%s: %s%s", pages, new,
		      was->pfn != is->pfn ? ", in another frame" : ", as before");
}

static bool alike(const struct look *was, const struct look *is, const struct look *was_too,
		  const struct look *is_too)
{
	return was->bits == was_too->bits && is->bits == is_too->bits &&
	       (was->pfn == is->pfn) == (was_too->pfn == is_too->pfn);
}

void tell_after(const struct actor *a)
{
	static struct look after[MODEL_PAGES];
	size_t pages = a->map.pages < MODEL_PAGES ? a->map.pages : MODEL_PAGES, from = 0;

	if (!story_told())
		return;
	for (size_t page = 0; page < pages; page++)
		after[page] = look_at(&a->map, page);
	for (size_t page = 1; page <= pages; page++) {
		if (page < pages && alike(&before[from], &after[from], &before[page], &after[page]))
			continue;
		tell_run(from, page - 1, &before[from], &after[from]);
		from = page;
	}
}
