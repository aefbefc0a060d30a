// SPDX-License-Identifier: GPL-2.0-or-later
#include "beside.h"
#include "deadline.h"
#include "fail.h"
#include "storm-impl.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static void *act(void *data)
{
	struct racer *a = data;

	pthread_barrier_wait(&a->storm->gate);
	while (!storm_is_over(a->storm)) {
		if (a->role->step(a))
			a->steps++;
		else if (++a->idle % 16 == 0)
			sched_yield(); /* what it wants is another's */
		if (a->role->rest_us)
			usleep(a->role->rest_us);
	}
	return NULL;
}

/* What this machine lacks leaves an arena or a role out, which is said; the rest goes on. */
static bool lacks(struct case_ctx *c, uint64_t needs, const char *name)
{
	char why[512];

	if (!needs || !need_missing(needs, 0, why, sizeof(why)))
		return false;
	case_note(c, "left out: %s: %s", name, why);
	return true;
}

static bool can_play(struct case_ctx *c, const struct role *role)
{
	return (!role->disturbs || case_disturbs(c)) && !lacks(c, role->needs, role->name);
}

static struct mix possible(struct case_ctx *c, const struct mix *mix)
{
	struct mix left = *mix;

	left.arenas = 0;
	for (unsigned int i = 0; i < mix->arenas; i++)
		if (!lacks(c, map_needs(mix->arena[i].kind), map_kind_name(mix->arena[i].kind)))
			left.arena[left.arenas++] = mix->arena[i];
	for (unsigned int r = 0; storm_roles[r]; r++)
		if (left.count[r] && !can_play(c, storm_roles[r]))
			left.count[r] = 0;
	return left;
}

static enum verdict make_arenas(struct storm *storm, const struct mix *mix)
{
	char why[200];

	for (unsigned int i = 0; i < mix->arenas; i++) {
		enum map_kind kind = mix->arena[i].kind;

		if (!arena_make(&storm->arena[i], kind, mix->arena[i].pages, mix->sparse,
				storm->c->seed, i, why, sizeof(why)))
			return case_inconclusive(storm->c, "no %s memory: %s", map_kind_name(kind),
						 why);
		storm->arenas++;
	}
	return storm->arenas ? PASS : case_skip(storm->c, "this kernel has no such memory");
}

static void cast(struct storm *storm, const struct mix *mix)
{
	for (unsigned int r = 0; storm_roles[r]; r++)
		for (unsigned int i = 0; i < mix->count[r]; i++) {
			struct racer *a = &storm->racer[storm->racers];

			*a = (struct racer){ .storm = storm,
					     .role = storm_roles[r],
					     .rng = rng_make(storm->c->seed + storm->c->round,
							     storm->racers) };
			storm->racers++;
			if (a->role->open)
				a->role->open(a);
		}
}

static void wait_for_end(struct storm *storm, unsigned int ms)
{
	struct deadline end = deadline_in(ms);

	while (!storm_is_over(storm) && deadline_wait(&end))
		;
	atomic_store(&storm->over, true);
}

static void play(struct storm *storm, unsigned int ms)
{
	errno = pthread_barrier_init(&storm->gate, NULL, storm->racers + 1);
	if (errno)
		fail("a barrier for %u threads", storm->racers);
	for (unsigned int i = 0; i < storm->racers; i++) {
		errno = pthread_create(&storm->racer[i].thread, NULL, act, &storm->racer[i]);
		if (errno)
			fail("thread %u of %u", i + 1, storm->racers);
	}
	storm->start = deadline_now();
	pthread_barrier_wait(&storm->gate);
	wait_for_end(storm, ms);
	for (unsigned int i = 0; i < storm->racers; i++)
		pthread_join(storm->racer[i].thread, NULL);
	storm->seconds = deadline_now() - storm->start;
	pthread_barrier_destroy(&storm->gate);
}

/*
 * A unit that is a stamp, and by no device if there is one: its generations have no
 * earlier and later. All of them, if there is none.
 */
static size_t some_stamp(const struct arena_claim *all, size_t from)
{
	size_t units = all->units, found = units;
	struct arena_content content;

	for (size_t i = 0; i < units; i++, from = (from + 1) % units) {
		content = arena_holds(all, from);
		if (!content.zeros && content.writer != STAMP_DEVICE)
			return from;
		found = content.zeros ? found : from;
	}
	return found;
}

/* --inject. */
static void damage(struct storm *storm, const struct arena_claim *all)
{
	struct arena *arena = all->arena;
	size_t unit = some_stamp(all, rng_below(&storm->c->rng, all->units));
	struct arena_content content;

	if (unit == all->units)
		return;
	content = arena_holds(all, unit);
	case_damage(storm->c, &arena->map, arena->map.at + unit * ARENA_UNIT, unit * ARENA_UNIT,
		    arena->part, content.generation, content.writer);
}

/* Everything once more, when nobody writes any more. */
static void sweep(struct storm *storm)
{
	static const struct role last = { .name = "the last look" };
	struct racer *a = &(struct racer){ .storm = storm, .role = &last };
	struct arena_claim all;

	for (unsigned int i = 0; i < storm->arenas && !storm->found; i++) {
		struct arena *arena = &storm->arena[i];

		if (!arena_claim(&all, arena, 0, arena->units))
			fail("a role has left and kept its claim");
		damage(storm, &all);
		storm_check(a, &all);
	}
}

/* Who did how much; how much of the memory was looked at, how often. */
static void tell_coverage(struct storm *storm)
{
	uint64_t checked = 0, bytes = 0;

	for (unsigned int i = 0; i < storm->arenas; i++)
		bytes += storm->arena[i].map.len;
	for (unsigned int i = 0; i < storm->racers; i++) {
		struct racer *a = &storm->racer[i];

		checked += a->checked;
		case_count(storm->c, STORM_STEPS, a->steps);
		case_count(storm->c, STORM_CHECKED, a->checked >> 10);
		case_count(storm->c, STORM_WRITTEN, a->written >> 10);
		case_count(storm->c, STORM_DISTURBED, a->disturbed);
		case_say(storm->c, "role %-18s %10.0f steps/s %4.0f %% idle", a->role->name,
			 a->steps / storm->seconds, 100.0 * a->idle / (a->steps + a->idle + 1));
	}
	case_say(storm->c, "checked %.0f MiB/s, each byte every %.3f s",
		 checked / storm->seconds / (1 << 20),
		 checked ? storm->seconds * bytes / checked : 0.0);
}

static void leave(struct racer *a)
{
	if (a->role->close)
		a->role->close(a);
	for (unsigned int i = 0; i < sizeof(a->memory) / sizeof(*a->memory); i++)
		free(a->memory[i]);
}

static enum verdict storm_round(struct case_ctx *c, const struct mix *mix)
{
	enum verdict verdict;
	pid_t beside;
	static struct storm storm; /* large, and threads point into it */

	storm = (struct storm){ .c = c, .bare = mix->bare };
	verdict = make_arenas(&storm, mix);
	if (verdict != PASS)
		return verdict;
	cast(&storm, mix);
	beside = mix->beside ? beside_start(c, mix->beside) : 0;
	if (storm.racers) {
		play(&storm, mix->ms);
		if (!mix->bare)
			sweep(&storm);
	}
	if (beside)
		beside_end(c, beside);
	for (unsigned int i = 0; i < storm.racers; i++)
		leave(&storm.racer[i]);
	tell_coverage(&storm);
	if (storm.found)
		storm_tell(&storm);
	for (unsigned int i = 0; i < storm.arenas; i++)
		arena_free(&storm.arena[i]);
	return case_was_corrupt() ? CORRUPT : PASS;
}

enum verdict storm_play(struct case_ctx *c, const struct mix *mix)
{
	enum verdict verdict = PASS;
	struct mix left;

	case_on_all_cpus();
	left = possible(c, mix);
	while (verdict == PASS && case_round(c))
		verdict = storm_round(c, &left);
	return verdict;
}
