// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace.h"

#include "deadline.h"

#include <pthread.h>
#include <sys/mman.h>

#define ROUNDS 20
#define PAGES  64
#define WORDS  4096 /* in the first cache of any processor */
#define STEPS  12000000u

/*
 * What all rounds take at most where nobody else runs: 0.11 s in an idle virtual machine on an
 * AMD EPYC, of which the steps are two thirds: a word is loaded and stored in one cycle there.
 */
#define IDLE_SECONDS 0.13

static volatile unsigned int words[WORDS];

/* Fresh pages, and memory that is read and written, which emulation makes slow. */
static void *piece(void *arg)
{
	size_t page = 4096;
	char *at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	for (size_t i = 0; at != MAP_FAILED && i < PAGES; i++)
		at[i * page] = 1;
	for (unsigned int i = 0; i < STEPS; i++)
		words[i % WORDS] += i;
	if (at != MAP_FAILED)
		munmap(at, PAGES * page);
	return arg;
}

/*
 * Each round has a thread of its own, which has to find a processor as a cell's processes do. A
 * fork would copy the tables of a runner with thousands of cases, and measure those.
 */
double pace(void)
{
	double start = deadline_now(), seconds = 0;
	pthread_t thread;

	for (unsigned int i = 0; i < ROUNDS && seconds < PACE_MAX * IDLE_SECONDS; i++) {
		if (pthread_create(&thread, NULL, piece, NULL))
			piece(NULL);
		else
			pthread_join(thread, NULL);
		seconds = deadline_now() - start;
	}
	if (seconds <= IDLE_SECONDS)
		return 1;
	return seconds < PACE_MAX * IDLE_SECONDS ? seconds / IDLE_SECONDS : PACE_MAX;
}
