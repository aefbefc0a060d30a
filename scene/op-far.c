// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and stores by a thread on another CPU that never enters the kernel in
 * between: it keeps what its TLB knows of the pages. Whoever takes a page away,
 * copies it or write-protects it has to flush that, or the next store from
 * there goes to the old page: lost, or seen by whom the page belongs to now.
 */
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 5
#define LEAVE	(-1)

struct far {
	pthread_t thread;
	pid_t pid; /* threads are not forked */
	struct map *map;
	const struct scene_step *step;
	char *copy; /* NULL: the step's own stores or loads */
	atomic_int asked, done;
};

static void work(const struct far *far)
{
	const struct scene_step *s = far->step;
	char *at = far->map->at + scene_from(s);
	size_t len = scene_len(s, far->map);

	if (far->copy) {
		memcpy(far->copy, at, len);
		return;
	}
	if (s->generation) {
		stamp_fill(&far->map->stamp, at, scene_from(s), len, s->generation,
			   s->process ? STAMP_CHILD : STAMP_CPU);
		return;
	}
	for (size_t i = 0; i < len; i += STAMP_SECTOR)
		(void)((volatile const char *)at)[i];
}

static void *spin(void *argument)
{
	struct far *far = argument;

	for (int asked, turn = 1;; turn++) {
		while ((asked = atomic_load_explicit(&far->asked, memory_order_acquire)) != turn)
			if (asked == LEAVE)
				return NULL;
		work(far);
		atomic_store(&far->done, turn);
	}
	return NULL;
}

/* A CPU that is not this one; the test stays on its own (case.c). */
static bool move_away(pthread_t thread)
{
	int here = sched_getcpu();
	cpu_set_t one;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (cpu != here && !pthread_setaffinity_np(thread, sizeof(one), &one))
			return true;
	}
	return false;
}

static struct far *start(void)
{
	struct far *far = calloc(1, sizeof(*far));

	if (!far || pthread_create(&far->thread, NULL, spin, far))
		fail("a thread");
	far->pid = getpid();
	if (!move_away(far->thread))
		fail("no other CPU takes a thread");
	return far;
}

static void ask(struct actor *a, struct map *map, const struct scene_step *s, char *copy)
{
	time_t end = time(NULL) + SECONDS;
	int turn;

	if (!a->far || a->far->pid != getpid())
		a->far = start();
	story("on another CPU: %s %zu bytes at %s", s->generation ? "stores to" : "loads of",
	      scene_len(s, map), story_place(map->at + scene_from(s)));
	a->far->map = map;
	a->far->step = s;
	a->far->copy = copy;
	turn = atomic_load(&a->far->done) + 1;
	atomic_store(&a->far->asked, turn);
	while (atomic_load(&a->far->done) != turn)
		if (time(NULL) > end)
			fail("the thread on the other CPU does not answer");
}

void scene_far_end(struct actor *a)
{
	if (!a->far)
		return;
	atomic_store(&a->far->asked, LEAVE);
	pthread_join(a->far->thread, NULL);
	free(a->far);
	a->far = NULL;
}

static size_t run_far(struct actor *a, struct map *map, const struct scene_step *s)
{
	ask(a, map, s, NULL);
	return 0;
}

/* A TLB that was not flushed when the page was copied shows what was before. */
static size_t run_check(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes = malloc(map->len);

	if (!bytes)
		fail("memory");
	memset(bytes, 0, map->len); /* the pages are there: the thread does not enter the kernel */
	ask(a, map, s, bytes);
	scene_check_bytes(a, bytes, scene_from(s), scene_len(s, map), "another CPU");
	free(bytes);
	return 0;
}

static void model_of_write(struct model *m, const struct scene_step *s, const struct actor *a)
{
	struct model_value value = { s->generation, s->process ? STAMP_CHILD : STAMP_CPU };

	for (unsigned int page = 0; page < m->pages; page++)
		if (scene_mask(m, s, page))
			model_write(m, s->process, page, scene_mask(m, s, page), value);
}

const struct scene_op scene_ops_far[] = {
	{ .name = "far-write",
	  .summary = "GENERATION [WHERE]: stores from another CPU, whose TLB keeps the pages",
	  .promise = "as after write",
	  .argument = { ARG_GENERATION, ARG_WHERE },
	  .needs = NEED_TWO_CPUS,
	  .run = run_far,
	  .model = model_of_write },
	{ .name = "far-read",
	  .summary = "[WHERE]: loads from there",
	  .argument = { ARG_WHERE },
	  .needs = NEED_TWO_CPUS,
	  .run = run_far },
	{ .name = "far-check",
	  .summary = "[WHERE]: what is loaded there is what the model allows",
	  .argument = { ARG_WHERE },
	  .needs = NEED_TWO_CPUS,
	  .run = run_check,
	  .judges = true },
	{ 0 },
};
