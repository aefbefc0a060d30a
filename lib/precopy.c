// SPDX-License-Identifier: GPL-2.0-or-later
#include "precopy.h"
#include "deadline.h"
#include "fail.h"
#include "pagemap.h"
#include "track-check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct writer {
	struct job *job;
	struct rng rng;
	unsigned int number;
	uint64_t done;
	pthread_t thread;
};

struct job {
	struct case_ctx *c;
	struct map *map;
	const struct precopy *how;
	struct track track;
	char *copy;
	uint64_t *last; /* what the owner of a page wrote there last */
	atomic_bool stop;
	pthread_rwlock_t gate; /* soft-dirty: nobody writes while bits are read and cleared */
	struct writer writer[PRECOPY_WRITERS];
	pthread_t disturber;
};

#define BATCH 64

/* One word of a page, any page of this writer's, any word. */
static void store(struct writer *w, size_t pages)
{
	uint64_t dice = rng_next(&w->rng);
	size_t page = (dice >> 32) * (pages / PRECOPY_WRITERS) >> 32, word = dice & 511;

	page = page * PRECOPY_WRITERS + w->number;
	w->job->last[page] = ++w->done << 9 | word;
	((volatile uint64_t *)w->job->map->at)[page * 512 + word] = w->job->last[page];
}

static void *write_pages(void *data)
{
	struct writer *w = data;
	struct job *job = w->job;
	bool stands = job->how->kind == TRACK_SOFT_DIRTY;

	while (!atomic_load_explicit(&job->stop, memory_order_relaxed)) {
		if (stands)
			pthread_rwlock_rdlock(&job->gate);
		for (int i = 0; i < BATCH; i++)
			store(w, job->map->pages);
		if (stands)
			pthread_rwlock_unlock(&job->gate);
	}
	return NULL;
}

static void *disturb(void *data)
{
	struct job *job = data;

	while (!atomic_load(&job->stop))
		case_count(job->c, PRECOPY_DISTURBED, job->how->disturb(job->c, job->map));
	return NULL;
}

/* Reported pages, after they are armed again: a write in between is reported next time. */
static void copy_reported(struct job *job)
{
	struct track *t = &job->track;

	if (job->how->kind == TRACK_SOFT_DIRTY)
		pthread_rwlock_wrlock(&job->gate);
	track_collect(t);
	if (job->how->kind == TRACK_SOFT_DIRTY)
		pthread_rwlock_unlock(&job->gate);
	for (size_t i = 0; i < t->pages; i++) {
		if (!t->reports[i])
			continue;
		memcpy(job->copy + i * t->page, job->map->at + i * t->page, t->page);
		case_count(job->c, PRECOPY_COPIED, 1);
		case_count(job->c, PRECOPY_REPORTED, 1);
	}
}

static void start(pthread_t *thread, void *(*run)(void *), void *data)
{
	errno = pthread_create(thread, NULL, run, data);
	if (errno)
		fail("a thread");
}

static void copy_while_written(struct job *job)
{
	double end;
	bool disturbs = job->how->disturb && case_disturbs(job->c);
	unsigned int writers = case_disturbs(job->c) ? PRECOPY_WRITERS : 0;

	for (unsigned int i = 0; i < writers; i++) {
		job->writer[i] = (struct writer){ .job = job, .number = i };
		job->writer[i].rng = rng_make(rng_next(&job->c->rng), i);
		start(&job->writer[i].thread, write_pages, &job->writer[i]);
	}
	if (disturbs)
		start(&job->disturber, disturb, job);
	memcpy(job->copy, job->map->at, job->map->len);
	for (end = deadline_now() + job->how->ms / 1e3; deadline_now() < end;)
		copy_reported(job);
	atomic_store(&job->stop, true);
	for (unsigned int i = 0; i < writers; i++) {
		pthread_join(job->writer[i].thread, NULL);
		case_count(job->c, PRECOPY_WRITTEN, job->writer[i].done);
	}
	if (disturbs)
		pthread_join(job->disturber, NULL);
}

/* The copy against the memory, and the memory against what was written. */
static bool equal(struct job *job)
{
	struct map *map = job->map;
	size_t missed = 0, first = 0;
	uint64_t *words = (uint64_t *)map->at;

	if (case_injects(job->c, "unreported"))
		job->copy[rng_below(&job->c->rng, map->len)] ^= 1;
	for (size_t i = 0; i < map->pages; i++)
		if (memcmp(job->copy + i * STAMP_PAGE, map->at + i * STAMP_PAGE, STAMP_PAGE) &&
		    !missed++)
			first = i;
	case_count(job->c, PRECOPY_CHECKED, map->pages);
	if (missed)
		return case_unreported(job->c, map, first, missed);
	for (size_t i = 0; i < map->pages; i++)
		if (job->last[i] && words[i * 512 + (job->last[i] & 511)] != job->last[i])
			return case_corrupt(job->c, "stale",
					    "page %zu of %zu: the last write is not there "
					    "(lost cpu write); round %u; seed %llu",
					    i, map->pages, job->c->round,
					    (unsigned long long)job->c->seed),
			       false;
	return true;
}

/* Armed once more, and nobody writes. */
static bool quiet(struct job *job)
{
	struct track *t = &job->track;
	size_t ghosts = 0, first = 0;

	track_collect(t);
	if (case_injects(job->c, "ghost"))
		t->reports[rng_below(&job->c->rng, t->pages)] = 1;
	for (size_t i = 0; i < t->pages; i++)
		if (t->reports[i] && !ghosts++)
			first = i;
	return !ghosts || track_ghost(job->c, job->map, t, first, ghosts);
}

enum verdict precopy_run(struct case_ctx *c, struct map *map, const struct precopy *how)
{
	struct job job = { .c = c, .map = map, .how = how };
	pthread_rwlockattr_t attributes;
	bool good;

	case_on_all_cpus();
	pthread_rwlockattr_init(&attributes);
	/* Else the collector may wait for ever: there is always somebody who reads. */
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&job.gate, &attributes);
	job.copy = malloc(map->len);
	job.last = calloc(map->pages, sizeof(*job.last));
	if (!job.copy || !job.last)
		fail("memory of a copy");
	track_open(&job.track, how->kind, map);
	case_count(c, PRECOPY_ARMED, track_arm(&job.track));
	copy_while_written(&job);
	copy_reported(&job); /* the stop-and-copy phase */
	good = equal(&job) && quiet(&job);
	track_stop(&job.track);
	free(job.copy);
	free(job.last);
	return good ? PASS : CORRUPT;
}
