// SPDX-License-Identifier: GPL-2.0-or-later
/* The oracle of storms: who may write where, what it must hold, what stood still around a fork. */
#include "arena.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 4

static struct arena arena;
static char why[200];

static void claims(void)
{
	struct arena_claim a, b;

	ok(arena_claim(&a, &arena, 2, 3), "a free run is claimed");
	ok(!arena_claim(&b, &arena, 0, 3), "a run with a unit of another is not");
	ok(arena_claim(&b, &arena, 0, 2), "and nothing of it is kept");
	arena_release(&b);
	arena_release(&a);
	ok(arena_claim(&a, &arena, 0, arena.units), "what is released is free");
	arena_release(&a);
}

static bool verify(struct arena_claim *claim, struct stamp_bad *bad)
{
	for (size_t i = 0; i < claim->units; i++)
		if (!arena_verify(&arena, claim->unit + i, arena_holds(claim, i),
				  arena_at(claim) + i * ARENA_UNIT, bad))
			return false;
	return true;
}

static void content(void)
{
	struct arena_content was;
	struct arena_claim claim;
	struct stamp_bad bad;
	unsigned int slot;
	char *at;

	arena_claim(&claim, &arena, 0, 4);
	at = arena_at(&claim);
	ok(verify(&claim, &bad), "fresh memory is what it must be");
	was = arena_holds(&claim, 1);
	arena_write(&claim, arena_at(&claim), STAMP_KERNEL);
	ok(verify(&claim, &bad), "what was written is");
	ok(arena_holds(&claim, 1).generation != was.generation &&
		   arena_holds(&claim, 1).writer == STAMP_KERNEL,
	   "and is another generation, by who wrote it");
	at[ARENA_UNIT + 9] ^= 1;
	ok(!verify(&claim, &bad) && bad.class == STAMP_BIT_FLIP, "a flipped bit is seen");
	memset(arena_at(&claim), 0, arena_bytes(&claim));
	ok(!verify(&claim, &bad) && bad.class == STAMP_ZEROS, "lost content is seen");
	arena_set_all(&claim, (struct arena_content){ .zeros = true });
	ok(verify(&claim, &bad), "a hole holds zeros");
	at[3] = 1;
	bad.class = STAMP_GOOD;
	ok(!verify(&claim, &bad) && bad.class == STAMP_GOOD, "and nothing else");
	slot = arena_next_slot(&claim);
	ok(slot >= 1 && slot <= ARENA_SLOTS, "a device's generation is one of its slots");
	arena_set_all(&claim, (struct arena_content){ .generation = slot, .writer = STAMP_DEVICE });
	ok(arena_next_slot(&claim) != slot, "and the next is another");
	arena_write(&claim, arena_at(&claim), STAMP_CPU);
	arena_release(&claim);
}

static void sparse(void)
{
	struct arena_claim claim;
	struct stamp_bad bad;
	struct arena other;

	if (!arena_make(&other, MAP_KIND_ANON, 1, true, 1, 1, why, sizeof(why)))
		return skip("a sparse arena", why);
	arena_claim(&claim, &other, 0, 1);
	ok(arena_verify(&other, 0, arena_holds(&claim, 0), other.map.at, &bad) &&
		   !other.map.at[ARENA_UNIT - 1],
	   "a sparse arena has zeros behind its stamps");
	other.map.at[ARENA_UNIT - 1] = 1;
	ok(!arena_verify(&other, 0, arena_holds(&claim, 0), other.map.at, &bad),
	   "which are looked at, too");
	arena_free(&other);
}

static void looks(void)
{
	uint64_t *before = calloc(arena.units, sizeof(*before)),
		 *after = calloc(arena.units, sizeof(*after));
	struct arena_claim owned, claim;
	struct arena_content content;

	arena_claim(&owned, &arena, 5, 1);
	arena_look(&arena, before);
	arena_claim(&claim, &arena, 3, 1);
	arena_release(&claim); /* nothing was written, but nobody can know */
	arena_look(&arena, after);
	ok(arena_stood(before[4], after[4], &content) && !content.zeros,
	   "who was left alone stood");
	ok(!arena_stood(before[3], after[3], &content), "who was claimed in between did not");
	ok(!arena_stood(before[5], after[5], &content), "nor who was somebody's all the time");
	arena_release(&owned);
	free(before);
	free(after);
}

/* Two threads that write all they can get: whoever has a unit finds what was left there. */
#define STEPS 20000

static void *race(void *data)
{
	struct arena_claim claim;
	struct stamp_bad bad;
	uintptr_t wrong = 0;

	for (unsigned int i = 0; i < STEPS; i++) {
		if (!arena_claim(&claim, &arena, (i * 7 + (uintptr_t)data) % (arena.units - 2), 3))
			continue;
		wrong += !verify(&claim, &bad);
		arena_write(&claim, arena_at(&claim), STAMP_CPU);
		arena_release(&claim);
	}
	return (void *)wrong;
}

static void races(void)
{
	pthread_t thread[2];
	void *wrong[2];

	for (uintptr_t i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, race, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], &wrong[i]);
	ok(!wrong[0] && !wrong[1], "two threads that race for units never see a torn one");
}

int main(void)
{
	if (!arena_make(&arena, MAP_KIND_ANON, PAGES, false, 7, 0, why, sizeof(why))) {
		skip("arenas", why);
		return done();
	}
	claims();
	content();
	sparse();
	looks();
	races();
	arena_free(&arena);
	return done();
}
