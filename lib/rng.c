// SPDX-License-Identifier: GPL-2.0-or-later
#include "rng.h"
#include "fail.h"

#include <sys/random.h>

#define GOLDEN 0x9e3779b97f4a7c15ull

uint64_t rng_mix(uint64_t word)
{
	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
	return word ^ (word >> 31);
}

struct rng rng_make(uint64_t seed, uint64_t stream)
{
	return (struct rng){ rng_mix(seed + GOLDEN) ^ rng_mix(~stream * GOLDEN) };
}

uint64_t rng_next(struct rng *rng)
{
	return rng_mix(rng->state += GOLDEN);
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return (unsigned __int128)rng_next(rng) * n >> 64;
}

uint64_t rng_fresh_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		fail("getrandom");
	return seed >> 1;
}
