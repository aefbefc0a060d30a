// SPDX-License-Identifier: GPL-2.0-or-later
/* A scene that plays itself: what each line did, and what each check may read. */
#include "child.h"
#include "op.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * COUNT sectors of 512 bytes from FIRST are each of one of the generations;
 * generation 0 is zeros.
 */
struct expected {
	unsigned int first, count, generations;
	struct model_value may[MODEL_VALUES];
};

#define STEP(...)   (&(const struct scene_step){ __VA_ARGS__ })
#define EXPECT(...) (expected = (const struct expected[]){ __VA_ARGS__, { 0 } })

static const struct expected *expected; /* of the next check, ended by a count of 0 */

static uint64_t value_at(const struct map *map, size_t offset, struct model_value value)
{
	return value.generation ? stamp_at(&map->stamp, offset, value.generation, value.writer) : 0;
}

static void check_sector(const struct map *map, const uint64_t *words, size_t offset,
			 const struct expected *e, const char *who)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < e->generations; i++) {
		for (at = 0; at < STAMP_SECTOR / 8; at++)
			if (words[at] != value_at(map, offset + at * 8, e->may[i]))
				break;
		if (at == STAMP_SECTOR / 8)
			return;
	}
	printf("CORRUPT: %s page %zu, +%#zx: ", who, offset / STAMP_PAGE, offset % STAMP_PAGE);
	say_word(words[at]);
	printf(", expected ");
	say_word(value_at(map, offset, e->may[0]));
	puts("");
	exit(CORRUPT);
}

/* BYTES are those of MAP from its byte FROM on. */
static bool check_bytes(const struct map *map, const char *bytes, size_t from, const char *who)
{
	for (const struct expected *e = expected; e->count; e++)
		for (size_t at = e->first * STAMP_SECTOR; at < (e->first + e->count) * STAMP_SECTOR;
		     at += STAMP_SECTOR)
			check_sector(map, (const uint64_t *)(bytes + at - from), at, e, who);
	return true;
}

bool scene_check(struct actor *a)
{
	return check_bytes(&a->map, a->map.at, 0, "memory,");
}

bool scene_check_pin(struct actor *a, const char *bytes, const char *who)
{
	return check_bytes(&a->map, bytes, a->from, who);
}

bool scene_check_copy(struct actor *a, unsigned int process, const char *bytes, const char *who)
{
	return check_bytes(&a->map, bytes, 0, who);
}

/* LEN bytes at FROM of the map: of what is expected, what is there. */
bool scene_check_bytes(struct actor *a, const char *bytes, size_t from, size_t len, const char *who)
{
	for (const struct expected *e = expected; e->count; e++)
		for (size_t at = e->first * STAMP_SECTOR; at < (e->first + e->count) * STAMP_SECTOR;
		     at += STAMP_SECTOR)
			if (at >= from && at < from + len)
				check_sector(&a->map, (const uint64_t *)(bytes + at - from), at, e,
					     who);
	return true;
}

/* Nobody held it: it must be as it was made. */
static void check_control(struct actor *a)
{
	EXPECT({ 0, a->control.len / STAMP_SECTOR, 1, { { 1, STAMP_CPU } } });
	check_bytes(&a->control, a->control.at, 0, "control,");
}

/* Is it what it is called? Where memory is short, THP may be none. */
static void verify(const struct map *map)
{
	char why[200];

	if (map_verify(map, why, sizeof(why)))
		return;
	printf("inconclusive: no such memory: %s\n", why);
	exit(INCONCLUSIVE);
}

/* LINE was done. */
static void did(const struct actor *a, const char *line, size_t ignored)
{
	puts(line);
	if (a->refused) {
		puts("skip: this kernel refuses that for this memory");
		exit(SKIP);
	}
}

/* A disturbance that is seen to have reached no page proves nothing. */
static void must_reach(const struct actor *a, const char *line, size_t pages)
{
	did(a, line, pages);
	printf("	%zu pages reached\n", pages);
	if (!pages) {
		puts("inconclusive");
		exit(INCONCLUSIVE);
	}
}

/* --- children take turns: everybody else waits --- */

static pid_t *pid;	  /* of each process, seen by all */
static pid_t born;	  /* the last one that was forked */
static struct gate *turn; /* the line that a child is to do; 0: done */

static void share_turns(void)
{
	turn = child_shared(sizeof(*turn));
	pid = child_shared(MODEL_PROCESSES * sizeof(*pid));
	pid[0] = getpid();
}

/* Whoever found it corrupt has said so, and left. */
static void hand_over(unsigned int process, int line)
{
	int status;

	gate_set(turn, line);
	while (!gate_wait(turn, 0, 0))
		if (waitpid(pid[process], &status, WNOHANG) > 0)
			exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

static void await(int line)
{
	while (!gate_wait(turn, line, 3600))
		;
}
