// SPDX-License-Identifier: GPL-2.0-or-later
/* Large folios are split and made by others than the program. */
#include "deadline.h"
#include "fail.h"
#include "knob.h"
#include "op.h"
#include "pagemap.h"
#include "res.h"
#include "story.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* By debugfs: split_huge_page(), which migrates the PTEs of each page for a moment. */
static size_t run_split_folio(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t before = pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_THP);

	knob_set("/sys/kernel/debug/split_huge_pages", "%d,0x%lx,0x%lx", getpid(),
		 (unsigned long)map->at, (unsigned long)map->at + map->len);
	return before - pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_THP);
}

#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"

static const struct {
	const char *path, *fast;
} knobs[] = {
	{ KHUGEPAGED "pages_to_scan", "65536" },
	{ KHUGEPAGED "alloc_sleep_millisecs", "10" },
	{ KHUGEPAGED "scan_sleep_millisecs", "1" }, /* wakes it up */
};
#define KNOBS (sizeof(knobs) / sizeof(*knobs))

static void read_knob(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(text, size, file))
		fail("%s", path);
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
}

static bool is_huge(const struct map *map)
{
	return pagemap_smaps_kb(map->at, "AnonHugePages:") > 0;
}

/* In a hurry for the moment only: it would disturb what other steps make. */
static void scan(struct actor *a, const struct map *map)
{
	char old[KNOBS][32];
	struct deadline d;

	for (size_t i = 0; i < KNOBS; i++) {
		read_knob(knobs[i].path, old[i], sizeof(old[i]));
		if (!res_write(knobs[i].path, knobs[i].fast))
			fail("%s", res_why());
	}
	d = deadline_in(1000);
	while (!is_huge(map) && deadline_wait(&d))
		;
	if (!is_huge(&a->map))
		usleep(50000); /* another turn: what is held is rightly left alone */
	for (size_t i = KNOBS; i--;)
		if (!res_write(knobs[i].path, old[i]))
			fail("%s", res_why());
}

static size_t run_khugepaged(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t before = is_huge(map) ? map->pages : 0;

	if (say(madvise(map->at, map->len, MADV_HUGEPAGE)))
		fail("MADV_HUGEPAGE");
	if (scene_control_next(a, map) || before)
		return 0;
	scan(a, map);
	return is_huge(map) ? map->pages : 0;
}

const struct scene_op scene_ops_huge[] = {
	{ .name = "split-folio",
	  .summary = "debugfs split_huge_pages: large folios become single pages",
	  .needs = NEED_THP | NEED_PFN | NEED_SPLIT_FOLIO,
	  .kinds = SCENE_KIND(MTHP) | SCENE_KIND(THP) | SCENE_KIND(PTE_THP),
	  .run = run_split_folio,
	  .disturbs = true },
	{ .name = "khugepaged",
	  .summary = "small pages are collapsed by khugepaged",
	  .needs = NEED_THP | NEED_ROOT,
	  .kinds = SCENE_KIND(THP) | SCENE_KIND(PTE_THP),
	  .run = run_khugepaged,
	  .disturbs = true },
	{ 0 },
};
