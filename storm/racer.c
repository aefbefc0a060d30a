// SPDX-License-Identifier: GPL-2.0-or-later
/* What roles call: claims, checks, and what becomes of a finding. */
#include "deadline.h"
#include "fail.h"
#include "pagemap.h"
#include "storm-impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool storm_is_over(const struct storm *storm)
{
	return atomic_load_explicit(&storm->over, memory_order_relaxed);
}

bool storm_is_bare(const struct storm *storm)
{
	return storm->bare;
}

struct case_ctx *storm_case(const struct storm *storm)
{
	return storm->c;
}

unsigned int storm_arenas(const struct storm *storm)
{
	return storm->arenas;
}

struct arena *storm_arena_of(const struct storm *storm, unsigned int i)
{
	return (struct arena *)&storm->arena[i];
}

/* Those before it that do not fit give their place to the next. */
struct arena *storm_arena(struct racer *a)
{
	struct storm *storm = a->storm;
	unsigned int first = rng_below(&a->rng, storm->arenas);

	for (unsigned int i = 0; i < storm->arenas; i++) {
		struct arena *arena = &storm->arena[(first + i) % storm->arenas];

		if (a->role->kinds >> arena->map.kind & 1)
			return arena;
	}
	return NULL;
}

static bool claim_run(struct racer *a, struct arena_claim *claim, size_t grain, size_t most)
{
	struct arena *arena = storm_arena(a);
	size_t grains, first, n;

	if (!arena)
		return false;
	grains = arena->units / grain;
	first = rng_below(&a->rng, grains);
	n = 1 + rng_below(&a->rng, most < grains - first ? most : grains - first);
	*claim = (struct arena_claim){ arena, first * grain, n * grain, a->storm->bare };
	return claim->bare || arena_claim(claim, arena, first * grain, n * grain);
}

bool storm_claim(struct racer *a, struct arena_claim *claim, size_t most)
{
	return claim_run(a, claim, 1, most);
}

bool storm_claim_pages(struct racer *a, struct arena_claim *claim, size_t most)
{
	return claim_run(a, claim, pagemap_page_size() / ARENA_UNIT, most);
}

bool storm_range(struct racer *a, struct storm_range *range, size_t most)
{
	struct arena *arena = storm_arena(a);
	size_t page = pagemap_page_size(), first, n;

	if (!arena)
		return false;
	first = rng_below(&a->rng, arena->map.pages);
	n = arena->map.pages - first;
	n = 1 + rng_below(&a->rng, most < n ? most : n);
	*range = (struct storm_range){ arena, arena->map.at + first * page, n * page };
	return true;
}

void *storm_memory(struct racer *a, size_t bytes)
{
	size_t page = pagemap_page_size();
	unsigned int i = 0;

	while (a->memory[i])
		i++;
	bytes = (bytes + page - 1) / page * page;
	a->memory[i] = aligned_alloc(page, bytes);
	if (!a->memory[i])
		fail("memory of role %s", a->role->name);
	return memset(a->memory[i], 0, bytes);
}

/* True for who comes first; all others go home. */
static bool first_finder(struct racer *a)
{
	if (atomic_exchange(&a->storm->found, true))
		return false;
	a->storm->finding.role = a->role;
	a->storm->finding.seconds = deadline_now() - a->storm->start;
	return true;
}

void storm_found(struct racer *a, const struct arena *arena, size_t unit,
		 const struct stamp_bad *bad, const void *memory, const char *who)
{
	struct finding *f = &a->storm->finding;
	const char *at = arena->map.at + unit * ARENA_UNIT;
	size_t page = unit * ARENA_UNIT / pagemap_page_size();

	if (!first_finder(a))
		return;
	f->arena = arena;
	f->unit = unit;
	f->bad = *bad;
	snprintf(f->who, sizeof(f->who), "%s%s", who, *who ? " read " : "");
	if (memory == at) {
		strcpy(f->where, "pagemap ");
		pagemap_text(at, arena->map.frames[page], f->where + 8, sizeof(f->where) - 8);
	} else {
		strcpy(f->where, "a copy");
	}
	atomic_store(&a->storm->over, true);
}

void storm_unreported(struct racer *a, const struct arena *arena, size_t page)
{
	if (!first_finder(a))
		return;
	a->storm->finding.arena = arena;
	a->storm->finding.unit = page;
	a->storm->finding.unreported = true;
	atomic_store(&a->storm->over, true);
}

bool storm_check_copy(struct racer *a, const struct arena_claim *claim, const void *memory,
		      const char *who)
{
	struct stamp_bad bad = { 0 };

	if (claim->bare)
		return true;
	for (size_t i = 0; i < claim->units; i++) {
		const char *at = (const char *)memory + i * ARENA_UNIT;

		if (arena_verify(claim->arena, claim->unit + i, arena_holds(claim, i), at, &bad))
			continue;
		storm_found(a, claim->arena, claim->unit + i, &bad, at, who);
		return false;
	}
	a->checked += arena_bytes(claim);
	return true;
}

bool storm_check(struct racer *a, const struct arena_claim *claim)
{
	return storm_check_copy(a, claim, arena_at(claim), "");
}

void storm_tell(struct storm *storm)
{
	const struct finding *f = &storm->finding;
	const struct map *map = &f->arena->map;
	char who[128];

	snprintf(who, sizeof(who), "%s arena, by %s after %.2f s: %s", map_kind_name(map->kind),
		 f->role->name, f->seconds, f->who);
	if (f->unreported)
		case_unreported(storm->c, map, f->unit, 1);
	else if (f->bad.class == STAMP_GOOD)
		case_corrupt(storm->c, "stale",
			     "%spage %zu of %zu, +0x%zx: something else than zeros (stale: what "
			     "was dropped is back); %s; round %u; seed %llu",
			     who, f->unit * ARENA_UNIT / STAMP_PAGE, map->pages,
			     f->unit * ARENA_UNIT % STAMP_PAGE, f->where, storm->c->round,
			     (unsigned long long)storm->c->seed);
	else
		case_diagnose(storm->c, map, &f->bad, map->len / STAMP_PAGE, who, f->where);
}
