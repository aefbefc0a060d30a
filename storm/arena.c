// SPDX-License-Identifier: GPL-2.0-or-later
#include "arena.h"
#include "fail.h"
#include "pagemap.h"
#include "res.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* version:32 | 0:8 | generation:16 | 0:3 | writer:3 | zeros:1 | owned:1 */
#define OWNED	     1ull
#define ZEROS	     2ull
#define WRITER_SHIFT 2
#define GEN_SHIFT    8
#define VERSION	     (1ull << 32)
#define CONTENT	     (VERSION - 1 - OWNED)

static uint64_t pack(struct arena_content content)
{
	return (content.zeros ? ZEROS : 0) | (uint64_t)content.writer << WRITER_SHIFT |
	       (uint64_t)content.generation << GEN_SHIFT;
}

static struct arena_content unpack(uint64_t state)
{
	return (struct arena_content){ .zeros = state & ZEROS,
				       .generation = state >> GEN_SHIFT & 0xffff,
				       .writer = state >> WRITER_SHIFT & 7 };
}

/* One unit's bytes as they are to be at TO. */
static void fill(const struct arena *arena, char *to, size_t unit, unsigned int generation,
		 enum stamp_writer writer)
{
	stamp_fill(&arena->map.stamp, to, unit * ARENA_UNIT, arena->part, generation, writer);
	memset(to + arena->part, 0, ARENA_UNIT - arena->part);
}

bool arena_make(struct arena *arena, enum map_kind kind, size_t pages, bool sparse, uint64_t seed,
		unsigned int number, char *why, size_t size)
{
	*arena = (struct arena){ .device = -1, .memory = -1 };
	if (!map_make(&arena->map, kind, pages, seed, number, why, size))
		return false;
	arena->units = arena->map.len / ARENA_UNIT;
	arena->part = sparse ? ARENA_UNIT / 4 : ARENA_UNIT;
	arena->state = calloc(arena->units, sizeof(*arena->state));
	if (!arena->state)
		fail("memory for %zu units", arena->units);
	for (size_t i = 0; sparse && i < arena->units; i++)
		fill(arena, arena->map.at + i * ARENA_UNIT, i, 1, STAMP_CPU);
	for (size_t i = 0; i < arena->units; i++)
		atomic_init(&arena->state[i],
			    pack((struct arena_content){ .generation = 1, .writer = STAMP_CPU }));
	map_remember(&arena->map);
	return true;
}

void arena_free(struct arena *arena)
{
	if (arena->device >= 0)
		close(arena->device);
	if (arena->memory >= 0)
		close(arena->memory);
	free(arena->state);
	map_free(&arena->map);
}

/* Each generation one after the other. */
static void stamp_slots(const struct arena *arena, int fd)
{
	char *bytes = malloc(arena->map.len);

	if (!bytes)
		fail("memory of %zu bytes", arena->map.len);
	for (unsigned int slot = 1; slot <= ARENA_SLOTS; slot++) {
		for (size_t i = 0; i < arena->units; i++)
			fill(arena, bytes + i * ARENA_UNIT, i, slot, STAMP_DEVICE);
		if (pwrite(fd, bytes, arena->map.len, (off_t)(slot - 1) * arena->map.len) !=
		    (ssize_t)arena->map.len)
			fail("a device file of %zu bytes", arena->map.len);
	}
	free(bytes);
}

void arena_device(struct arena *arena)
{
	if (arena->device >= 0)
		return;
	arena->memory = memfd_create("lostwrite-device", MFD_CLOEXEC);
	arena->device = res_scratch_file(0);
	if (arena->memory < 0 || arena->device < 0)
		fail("a device file in %s", res_scratch_dir());
	stamp_slots(arena, arena->memory);
	stamp_slots(arena, arena->device);
	if (fsync(arena->device) || fcntl(arena->device, F_SETFL, O_DIRECT))
		fail("O_DIRECT in %s", res_scratch_dir());
}

bool arena_is_private(const struct arena *arena)
{
	switch (arena->map.kind) {
	case MAP_KIND_SHARED_ANON:
	case MAP_KIND_MEMFD:
	case MAP_KIND_FILE:
		return false;
	default:
		return true;
	}
}

/* --- ownership --- */

static bool take(_Atomic uint64_t *state)
{
	uint64_t old = atomic_load_explicit(state, memory_order_relaxed);

	return !(old & OWNED) &&
	       atomic_compare_exchange_strong_explicit(state, &old, (old | OWNED) + VERSION,
						       memory_order_acquire, memory_order_relaxed);
}

static void give(_Atomic uint64_t *state)
{
	uint64_t old = atomic_load_explicit(state, memory_order_relaxed);

	atomic_store_explicit(state, (old & ~OWNED) + VERSION, memory_order_release);
}

bool arena_claim(struct arena_claim *claim, struct arena *arena, size_t unit, size_t units)
{
	size_t got = 0;

	while (got < units && take(&arena->state[unit + got]))
		got++;
	*claim = (struct arena_claim){ .arena = arena, .unit = unit, .units = got };
	/* Who looks twice (arena_stood()) must not see what we store before he sees the claim. */
	atomic_thread_fence(memory_order_seq_cst);
	if (got < units)
		arena_release(claim);
	return got == units;
}

void arena_release(const struct arena_claim *claim)
{
	for (size_t i = 0; i < claim->units && !claim->bare; i++)
		give(&claim->arena->state[claim->unit + i]);
}

size_t arena_offset(const struct arena_claim *claim)
{
	return claim->unit * ARENA_UNIT;
}

char *arena_at(const struct arena_claim *claim)
{
	return claim->arena->map.at + arena_offset(claim);
}

size_t arena_bytes(const struct arena_claim *claim)
{
	return claim->units * ARENA_UNIT;
}

/* --- content --- */

static uint64_t state_of(const struct arena_claim *claim, size_t i)
{
	return atomic_load_explicit(&claim->arena->state[claim->unit + i], memory_order_relaxed);
}

struct arena_content arena_holds(const struct arena_claim *claim, size_t i)
{
	return unpack(state_of(claim, i));
}

void arena_set(const struct arena_claim *claim, size_t i, struct arena_content content)
{
	atomic_store_explicit(&claim->arena->state[claim->unit + i],
			      (state_of(claim, i) & ~CONTENT) | pack(content),
			      memory_order_relaxed);
}

void arena_set_all(const struct arena_claim *claim, struct arena_content content)
{
	for (size_t i = 0; i < claim->units && !claim->bare; i++)
		arena_set(claim, i, content);
}

/* The version is another at each claim; generation 0 is nobody's. */
unsigned int arena_next(const struct arena_claim *claim, size_t i)
{
	return 1 + (state_of(claim, i) / VERSION) % 0xfffe;
}

unsigned int arena_next_slot(const struct arena_claim *claim)
{
	return 1 + (state_of(claim, 0) >> GEN_SHIFT & 0xffff) % ARENA_SLOTS;
}

off_t arena_slot_offset(const struct arena_claim *claim, unsigned int slot)
{
	return (off_t)(slot - 1) * claim->arena->map.len + arena_offset(claim);
}

void arena_write(const struct arena_claim *claim, void *to, enum stamp_writer writer)
{
	struct arena_content content = { .writer = writer };

	for (size_t i = 0; i < claim->units && !claim->bare; i++) {
		content.generation = arena_next(claim, i);
		fill(claim->arena, (char *)to + i * ARENA_UNIT, claim->unit + i, content.generation,
		     writer);
		arena_set(claim, i, content);
	}
}

static bool all_zeros(const char *memory, size_t len)
{
	const uint64_t *words = (const uint64_t *)memory;
	uint64_t any = 0;

	for (size_t i = 0; i < len / sizeof(*words); i++)
		any |= words[i];
	return !any;
}

bool arena_verify(const struct arena *arena, size_t unit, struct arena_content content,
		  const char *memory, struct stamp_bad *bad)
{
	if (content.zeros)
		return all_zeros(memory, ARENA_UNIT);
	return stamp_verify(&arena->map.stamp, memory, unit * ARENA_UNIT, arena->part,
			    content.generation, content.writer, bad) &&
	       all_zeros(memory + arena->part, ARENA_UNIT - arena->part);
}

/* --- two looks --- */

void arena_look(const struct arena *arena, uint64_t *states)
{
	for (size_t i = 0; i < arena->units; i++)
		states[i] = atomic_load_explicit(&arena->state[i], memory_order_acquire);
}

bool arena_stood(uint64_t before, uint64_t after, struct arena_content *content)
{
	*content = unpack(before);
	return before == after && !(before & OWNED);
}
