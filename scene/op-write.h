/* SPDX-License-Identifier: GPL-2.0-or-later */
/* op-write: one way in which the kernel stores or loads for us at once is one row. */
#ifndef LOSTWRITE_SCENE_OP_WRITE_H
#define LOSTWRITE_SCENE_OP_WRITE_H

#include "op.h"

#define WAY_MOST (64u << 10) /* bytes of one call */

struct scene_way {
	const char *name;
	uint64_t needs;
	/* The kernel stores BYTES at AT. */
	void (*store)(struct actor *a, char *at, const char *bytes, size_t len);
	/* The kernel loads from AT; what it read goes to BYTES. */
	void (*load)(struct actor *a, char *at, char *bytes, size_t len);
};

/* Ended by a NULL name. */
extern const struct scene_way scene_stores[], scene_loads[];

/* Of ARG_STORE or ARG_LOAD, by its number; NULL beyond the last. */
const struct scene_way *scene_way(enum scene_argument argument, unsigned int how);

#endif
