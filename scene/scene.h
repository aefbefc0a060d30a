/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene: a few lines, one operation each, that anybody can read, edit, mail and
 * run (`run.sh scene FILE`):
 *
 *	map anon4k 64		# 64 pages, generation 1 by cpu
 *	pageout			# proven through pagemap
 *	hold uring		# registered: pinned
 *	device 2		# READ_FIXED brings generation 2
 *	release
 *	fork a
 *	a: write 3 pages 0-7	# the child writes
 *	a: check		# every process that lives reads what the model allows
 *	check
 *
 * A line is [PROCESS:] OP [ARGUMENT...] [WHERE]. WHERE is `page N`, `pages A-B`,
 * or `sectors FIRST COUNT` (of 512 bytes); without it, all of the map.
 */
#ifndef LOSTWRITE_SCENE_H
#define LOSTWRITE_SCENE_H

#include "case.h"
#include "map.h"
#include "model.h"

#include <stdbool.h>
#include <stdint.h>

#define SCENE_STEPS 64
#define SCENE_NAME  16
#define SCENE_LINE  64

struct scene_op;

/* One line. */
struct scene_step {
	const struct scene_op *op;
	unsigned int line;
	char text[SCENE_LINE];	     /* as it was read, for the story */
	unsigned int process, child; /* who acts; whom fork makes, or who else it is about */
	unsigned int generation;
	enum map_kind kind;
	unsigned int how;	     /* of hold, store, load and track */
	unsigned int first, sectors; /* where; 0 sectors: all of the map */
};

struct scene {
	struct scene_step step[SCENE_STEPS];
	unsigned int steps, pages;
	char name[MODEL_PROCESSES][SCENE_NAME]; /* [0] is empty: the first process */
	uint64_t needs;
	bool notified; /* by a userfaultfd, which those that fault have to wait for */
};

/*
 * Parses TEXT. False with "line 3, column 7: 'wirte' is no operation; did you
 * mean 'write'?" in WHY.
 */
bool scene_parse(const char *text, struct scene *scene, char *why, size_t size);

/* The manual of all operations, from the table. */
void scene_manual(void);

/*
 * Plays it in the test of a case. Counters of the case: 0 steps that disturbed
 * and were seen to, 1 steps that disturbed, 2 sectors checked, 3 pages armed by a tracker,
 * 4 reported, 5 reported beyond what was written, as it may.
 */
enum verdict scene_play(struct case_ctx *c, const struct scene *scene);

enum { SCENE_EXPOSED, SCENE_DISTURBED, SCENE_CHECKED, SCENE_ARMED, SCENE_REPORTED, SCENE_EXTRA };

#endif
