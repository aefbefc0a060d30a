// SPDX-License-Identifier: GPL-2.0-or-later
#include "rewriter.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define GENERATIONS 60000 /* a stamp holds 16 bits of them */

static bool one_page(struct rewriter *r, size_t page)
{
	struct map *map = r->map;
	size_t at = page * STAMP_PAGE;

	if (!stamp_verify(&map->stamp, map->at + at, at, r->part, r->generation[page], STAMP_CPU,
			  &r->bad))
		return false;
	r->generation[page] = r->generation[page] % GENERATIONS + 1;
	stamp_fill(&map->stamp, map->at + at, at, r->part, r->generation[page], STAMP_CPU);
	atomic_fetch_add(&r->rewritten, 1);
	return true;
}

static void *rewrite(void *data)
{
	struct rewriter *r = data;
	struct rusage usage;

	for (size_t page = 0; !atomic_load(&r->stop); page = (page + 1) % r->map->pages) {
		while (atomic_load(&r->rests) && !atomic_load(&r->stop))
			usleep(100);
		if (!one_page(r, page)) {
			r->lost = true;
			atomic_store(&r->stop, true);
		}
	}
	getrusage(RUSAGE_THREAD, &usage);
	r->swapped_in = usage.ru_majflt;
	return NULL;
}

void rewriter_start(struct rewriter *r, struct map *map, size_t part)
{
	*r = (struct rewriter){ .map = map, .part = part };
	r->generation = calloc(map->pages, sizeof(*r->generation));
	if (!r->generation)
		fail("memory for %zu generations", map->pages);
	for (size_t page = 0; page < map->pages; page++) {
		r->generation[page] = 1;
		memset(map->at + page * STAMP_PAGE + part, 0, STAMP_PAGE - part);
	}
	if (pthread_create(&r->thread, NULL, rewrite, r))
		fail("a thread that rewrites");
}

bool rewriter_lost(const struct rewriter *r)
{
	return atomic_load(&r->stop);
}

enum verdict rewriter_end(struct case_ctx *c, struct rewriter *r)
{
	bool good = true;

	atomic_store(&r->stop, true);
	pthread_join(r->thread, NULL);
	if (r->lost)
		case_diagnose(c, r->map, &r->bad, r->map->pages, "", "found by its writer");
	for (size_t page = 0; good && !r->lost && page < r->map->pages; page++)
		good = case_check(c, r->map, page * STAMP_PAGE, r->part, r->generation[page],
				  STAMP_CPU);
	free(r->generation);
	return r->lost || !good ? CORRUPT : PASS;
}
