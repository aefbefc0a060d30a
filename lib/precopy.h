/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * precopy: what a live migration or an incremental checkpoint does. Threads write
 * to memory; a tracker says which pages; only those are copied, again and again.
 * When the threads stand still and the last pages were copied, the copy must
 * equal the memory byte for byte: a write that was not reported is a page that
 * is old in the copy. And the memory must hold what each thread wrote last.
 */
#ifndef LOSTWRITE_PRECOPY_H
#define LOSTWRITE_PRECOPY_H

#include "case.h"
#include "track.h"

/* The counters of a case that uses it, from 0 on. */
#define PRECOPY_COUNTERS                                                            \
	{ "armed", true }, { "written", true }, { "reported", true }, { "copied" }, \
		{ "disturbed" },                                                    \
	{                                                                           \
		"checked", true                                                     \
	}
enum {
	PRECOPY_ARMED,
	PRECOPY_WRITTEN,
	PRECOPY_REPORTED,
	PRECOPY_COPIED,
	PRECOPY_DISTURBED,
	PRECOPY_CHECKED
};

#define PRECOPY_WRITERS 2

struct precopy {
	enum track_kind kind;
	unsigned int ms; /* the threads write for so long */
	/*
	 * Called again and again in a thread of its own meanwhile; the pages reached.
	 * NULL: nothing. It must leave content and registration alone.
	 */
	size_t (*disturb)(struct case_ctx *c, struct map *map);
};

enum verdict precopy_run(struct case_ctx *c, struct map *map, const struct precopy *how);

#endif
