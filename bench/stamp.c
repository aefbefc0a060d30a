// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stamp: what filling and verifying cost beside the machine's own limits, in
 * one run: memset() for writing, a bare read loop for reading. One thread and
 * all of them, over memory far larger than any cache.
 */
#include "deadline.h"
#include "opt.h"
#include "stamp.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRIES 5

#ifndef __clang__ /* which makes vectors at -O2 */
#pragma GCC optimize("O3")
#endif

struct slice {
	char *at;
	size_t len, offset;
	uint64_t result;
};

static struct stamp stamp;

static void do_memset(struct slice *s)
{
	memset(s->at, 0x5a, s->len);
}

static void do_fill(struct slice *s)
{
	stamp_fill(&stamp, s->at, s->offset, s->len, 7, STAMP_CPU);
}

/* The limit: every byte is read, and nothing computed but what keeps the loads. */
#if defined(__x86_64__) && defined(__GLIBC__)
__attribute__((target_clones("avx2", "default")))
#endif
static uint64_t
read_all(const uint64_t *words, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= words[i];
	return bits;
}

static void do_read(struct slice *s)
{
	s->result = read_all((const uint64_t *)s->at, s->len / 8);
}

static void do_verify(struct slice *s)
{
	struct stamp_bad bad;

	if (!stamp_verify(&stamp, s->at, s->offset, s->len, 7, STAMP_CPU, &bad))
		abort();
}

static void (*work)(struct slice *);

static void *worker(void *data)
{
	work(data);
	return NULL;
}

/* Seconds of one pass over LEN bytes by THREADS. */
static double pass(char *memory, size_t len, unsigned int threads)
{
	struct slice slices[256];
	pthread_t ids[256];
	size_t each = len / threads;
	double start = deadline_now();

	for (unsigned int i = 0; i < threads; i++) {
		slices[i] = (struct slice){ memory + i * each, each, i * each, 0 };
		if (pthread_create(&ids[i], NULL, worker, &slices[i]))
			abort();
	}
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return deadline_now() - start;
}

static const struct {
	const char *name;
	void (*work)(struct slice *);
	int limit; /* the row that is its limit, -1: it is one */
} rows[] = {
	{ "memset", do_memset, -1 },
	{ "stamp_fill", do_fill, 0 },
	{ "read loop", do_read, -1 },
	{ "stamp_verify", do_verify, 2 },
};

static void measure(char *memory, size_t len, unsigned int threads)
{
	double best[4] = { 0 }, rate;

	/* Tries are interleaved, so that a slow moment of the machine hits all rows. */
	for (int try = 0; try < TRIES; try++)
		for (int row = 0; row < 4; row++) {
			work = rows[row].work;
			rate = len / pass(memory, len, threads) / 1e9;
			if (rate > best[row])
				best[row] = rate;
		}
	for (int row = 0; row < 4; row++) {
		printf("%-14s %2u thread%s %7.2f GB/s", rows[row].name, threads,
		       threads > 1 ? "s" : " ", best[row]);
		if (rows[row].limit >= 0)
			printf("  %3.0f %% of %s", 100 * best[row] / best[rows[row].limit],
			       rows[rows[row].limit].name);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	size_t mb = argc > 1 ? opt_number("megabytes", argv[1], 64, 1 << 20) : 512, len = mb << 20;
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr, "%s: no memory for %zu MB; give a smaller number\n", argv[0], mb);
		return 77;
	}
	stamp = stamp_make(1, 0);
	printf("# %zu MB, best of %d, 4 KiB pages unless THP is always\n", mb, TRIES);
	measure(memory, len, 1);
	if (cpus > 1)
		measure(memory, len, cpus < 256 ? cpus : 256);
	return 0;
}
