/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: one run over the selected cases, from the lock to the last line. */
#ifndef LOSTWRITE_RUN_H
#define LOSTWRITE_RUN_H

#include "answer.h"
#include "cgroup.h"
#include "journal.h"
#include "kmsg.h"
#include "record.h"
#include "shard.h"
#include "stop.h"
#include "term.h"

#include <stdbool.h>
#include <stdint.h>

struct known;
struct profile;
struct suite;

struct run_options {
	const struct profile *profile;
	unsigned int total;   /* seconds for the whole run; 0: the profile's */
	unsigned int seconds; /* for each program; 0: its own */
	uint64_t rounds;      /* 0: the program's own */
	uint64_t seed;	      /* of the first pass */
	bool strict, verbose;
	enum answer_mode bisect; /* the exit code is for `git bisect run` */
	double spent;		 /* seconds of the total that were used before */
	const char *results;
	const char *history; /* a file, or NULL */
	struct shard shard;
	struct known *known; /* or NULL */
	int argc;
	char **argv;
};

struct run {
	const struct run_options *opt;
	struct suite *suite;
	struct journal journal;
	struct record record;
	struct term term;
	struct stop stop;
	struct kmsg kmsg;
	char *dir; /* as the user would type it */
	struct cgroup cgroup;
	double end;	/* of the time budget, on job_now()'s clock */
	bool said_lost; /* that results could not be written */
};

/* Runs what is selected in SUITE. The exit code. */
int run_suite(struct suite *suite, const struct run_options *opt);

/*
 * Goes on with the run in DIR, whose journal is in RECORD, with its own OPT; takes both
 * over. The caller has the run lock.
 */
int run_resume(struct suite *suite, const struct run_options *opt, struct record *record,
	       char *dir);

/* Writes EVENT, which it takes over, to the journal and the record, and shows verdicts. */
void run_event(struct run *run, json_t *event);

/* The journal reaches the disk before a person sees what it says. */
void run_sync(struct run *run);

/* Says once that WHAT could not be written; the run goes on without it. */
void run_lost(struct run *run, const char *what, const char *why);

/* Undoes what dead programs left, PROGRAM's among it (NULL: before the first), and says so. */
void run_undo(struct run *run, const char *program);

#endif
