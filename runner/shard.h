/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shard: a selection dealt out to several machines, the same on each of them. */
#ifndef LOSTWRITE_SHARD_H
#define LOSTWRITE_SHARD_H

#include <stdbool.h>

struct suite;

struct shard {
	unsigned int number, of; /* 2/5: 2 and 5; 0/0: no shards */
	const char *times;	 /* the directory of a run that took them, or NULL */
};

/* "2/5"; a usage error of OPTION otherwise. */
void shard_parse(const char *option, const char *text, struct shard *shard);

/*
 * Leaves of what is selected in S what is SHARD's: so that all take about as long, going by
 * the times of that run, else by the bounds that the programs ask for. False with one line
 * in *WHY when that run cannot be read.
 */
bool shard_apply(struct suite *s, const struct shard *shard, char **why);

#endif
