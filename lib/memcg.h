/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcg: a memory cgroup (v2, or v1) of the program's own, so that reclaim hits
 * what is charged to it and nothing else (Documentation/admin-guide/cgroup-v2.rst).
 */
#ifndef LOSTWRITE_MEMCG_H
#define LOSTWRITE_MEMCG_H

#include <stdbool.h>
#include <stddef.h>

/* Is there a cgroup that gives its children the memory controller? Else why not. */
bool memcg_possible(char *why, size_t size);

/*
 * Makes it in the supervisor, for knobs of it; to be called for each cell, as nothing is made
 * twice. memcg_enter() makes it where this was not done.
 */
bool memcg_make(void);

/* Its directory, empty while there is none. */
const char *memcg_dir(void);

/* This process and its children to come are in it; it goes with the undo log. */
void memcg_enter(void);

/* Reclaims what can be: memory.reclaim (5.19), else memory.high for a moment; v1: force_empty. */
void memcg_reclaim(void);

#endif
