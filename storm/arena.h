/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena: memory that many threads write to at the same time, and of which it is
 * known at every moment what it must hold. It is cut into units smaller than a
 * page, so that a device and a CPU meet in one page; each has one word of state,
 * which says who may write there and what was written last:
 *
 *	claim	try-lock of a run of units: a compare-and-swap each, nobody waits
 *	set	what a unit holds from now on
 *	release	what was set is what everybody must find
 *
 * Only who has claimed a unit changes or looks at its bytes. Disturbances, which
 * must not change content, claim nothing: that is the race. A unit's version
 * changes with each claim and each release, so that who reads the state twice
 * knows whether the content could have changed in between.
 */
#ifndef LOSTWRITE_ARENA_H
#define LOSTWRITE_ARENA_H

#include "map.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARENA_UNIT  1024u /* bytes: a multiple of what O_DIRECT wants */
#define ARENA_SLOTS 3	  /* generations that the device file has of each unit */

struct arena_content {
	bool zeros; /* a hole, and no stamp */
	unsigned int generation;
	enum stamp_writer writer;
};

struct arena {
	struct map map;
	size_t units;
	size_t part;		 /* bytes of a unit that are stamped; zeros behind them */
	_Atomic uint64_t *state; /* private: a child has it as of fork() */
	int device,
		memory; /* generations 1 to ARENA_SLOTS by device: O_DIRECT file, memfd; or -1 */
};

/* A run of units that is somebody's. */
struct arena_claim {
	struct arena *arena;
	size_t unit, units;
	bool bare; /* nobody's in truth: for the bare system calls, which are compared with (bench/) */
};

/*
 * PAGES pages of KIND as buffer NUMBER, all of them at generation 1 by cpu. SPARSE
 * ones can be compressed, as zswap and zram want it. False with WHY.
 */
bool arena_make(struct arena *arena, enum map_kind kind, size_t pages, bool sparse, uint64_t seed,
		unsigned int number, char *why, size_t size);
void arena_free(struct arena *arena);

/* Makes the device file, O_DIRECT in the scratch directory, and the memfd with the same bytes. */
void arena_device(struct arena *arena);

/* Does a child have memory of its own after fork? */
bool arena_is_private(const struct arena *arena);

/* All of the run or nothing, at once. */
bool arena_claim(struct arena_claim *claim, struct arena *arena, size_t unit, size_t units);
void arena_release(const struct arena_claim *claim);

char *arena_at(const struct arena_claim *claim);
size_t arena_bytes(const struct arena_claim *claim);
size_t arena_offset(const struct arena_claim *claim); /* of its first byte in the arena */

/* Of a claimed unit, I from the claim's first: what it holds, and what is set. */
struct arena_content arena_holds(const struct arena_claim *claim, size_t i);
void arena_set(const struct arena_claim *claim, size_t i, struct arena_content content);
void arena_set_all(const struct arena_claim *claim, struct arena_content content);

/* A generation that the unit did not hold lately, and a slot that it does not hold now. */
unsigned int arena_next(const struct arena_claim *claim, size_t i);
unsigned int arena_next_slot(const struct arena_claim *claim);

/* Where generation SLOT of the claim's bytes begins in the device file. */
off_t arena_slot_offset(const struct arena_claim *claim, unsigned int slot);

/* Ordinary stores: the next generation by WRITER into memory at TO, and into the state. */
void arena_write(const struct arena_claim *claim, void *to, enum stamp_writer writer);

/*
 * Are the bytes at MEMORY what UNIT must hold? Else BAD says what is there where a
 * stamp was expected; its class is still STAMP_GOOD where zeros were.
 */
bool arena_verify(const struct arena *arena, size_t unit, struct arena_content content,
		  const char *memory, struct stamp_bad *bad);

/* The state of all units of now, for two looks around a fork(). */
void arena_look(const struct arena *arena, uint64_t *states);

/* Was UNIT nobody's and untouched from the one look to the other? Then it held CONTENT. */
bool arena_stood(uint64_t before, uint64_t after, struct arena_content *content);

#endif
