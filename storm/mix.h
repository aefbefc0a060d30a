/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mix: who takes part and where, as text: "dio-reader=2,writer=2" and
 * "anon4k:16,thp:512". What the user gives by --roles and --arena changes what a
 * cell's mix says: a role keeps its number unless it is named.
 */
#ifndef LOSTWRITE_MIX_H
#define LOSTWRITE_MIX_H

#include "storm.h"

#define MIX_ROLES   64
#define MIX_THREADS 32 /* of one role */
#define MIX_SLACK   20 /* seconds for steps that are slow: compaction, swapoff */

struct mix {
	unsigned int count[MIX_ROLES]; /* of storm_roles[], by index */
	struct {
		enum map_kind kind;
		size_t pages;
	} arena[STORM_ARENAS];
	unsigned int arenas;
	unsigned int ms;    /* of one round */
	bool sparse;	    /* memory that can be compressed */
	bool bare;	    /* system calls alone: nothing is claimed, stored or checked */
	const char *beside; /* stressors of stress-ng, "vm=1,io=2"; NULL: none */
};

/* Rounds of it, until one is corrupt. */
enum verdict storm_play(struct case_ctx *c, const struct mix *mix);

extern const struct case_option mix_options[];

/* The mix of a cell, with what the user said. */
void mix_of(const struct storm_mix *from, struct mix *mix);

#endif
