/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rng: every decision of a case comes from one seed, which is printed and
 * replays them all. splitmix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", 2014).
 */
#ifndef LOSTWRITE_RNG_H
#define LOSTWRITE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

/* A generator for SEED and a STREAM (a cell, a thread): streams are independent. */
struct rng rng_make(uint64_t seed, uint64_t stream);

uint64_t rng_next(struct rng *rng);

/* Uniform in [0, n). n > 0. */
uint64_t rng_below(struct rng *rng, uint64_t n);

/* A mix of one word: equal words give equal results. */
uint64_t rng_mix(uint64_t word);

/* A fresh seed from the kernel, short enough to type: below 2^31. */
uint64_t rng_fresh_seed(void);

#endif
