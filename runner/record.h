/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what the events of a journal add up to. A run builds it while it
 * writes the journal, `report` while it reads one: the same events give the
 * same reports.
 */
#ifndef LOSTWRITE_RECORD_H
#define LOSTWRITE_RECORD_H

#include "outcome.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct record_case {
	const char *id, *program;
	const json_t *missing;		    /* needs that the machine lacks; NULL: none */
	struct outcome *now;		    /* of the pass that runs */
	struct outcome *worst;		    /* of the passes before it */
	unsigned int counts[VERDICT_COUNT]; /* of the passes before it */
	struct counter *totals;		    /* its counters, summed over them */
	size_t n_totals;
	double seconds;	   /* that it took in them */
	bool pending;	   /* started, no verdict yet */
	const char *fault; /* what the kernel said while it ran */
};

struct record {
	json_t *run;	 /* the run event, but for its selection */
	json_t *end;	 /* the end event; NULL: the run was cut off */
	json_t *resumed; /* the last resume event, or NULL */
	json_t *faults;	 /* the kernel and taint events that are faults */
	bool interrupted;
	unsigned int pass, passes;
	double spent, part; /* seconds in programs that ended, and in cells of the one that runs */
	struct record_case *running; /* the one that said so last, or NULL */
	struct record_case *cases;
	size_t n;
	int version;	       /* of the journal's format; older ones do not say it: 1 */
	json_t *ids;	       /* id to number of the case */
	json_t *words, *needs; /* texts, and lists of needs, that many cases share */
};

struct record_totals {
	unsigned int verdicts[VERDICT_COUNT];
	unsigned int known; /* of the corrupt and crashed ones */
};

void record_init(struct record *r);
void record_free(struct record *r);

/* Of the journal's format; what is written by a later one is refused. */
#define RECORD_VERSION 1

/*
 * Makes R what the journal in DIR says, but for record_finish(). False, with one line
 * in *WHY, when that cannot be read; record_free() is due all the same.
 */
bool record_read(struct record *r, const char *dir, char **why);

/* The same; each event that R has taken goes to EACH as well. */
bool record_read_each(struct record *r, const char *dir, void (*each)(void *arg, json_t *event),
		      void *arg, char **why);

/* Takes an event. False when it is not what docs/journal.md says; unknown events are fine. */
bool record_event(struct record *r, json_t *event);

/*
 * To be called after the last event. In a journal without an end what was
 * running crashed, and what was to come was not run.
 */
void record_finish(struct record *r);

/* The case that runs, or would have been the next to; NULL between programs. */
struct record_case *record_cut_off(const struct record *r);

/* Has C still to be run in the last pass? */
bool record_is_left(const struct record *r, const struct record_case *c);

/* Why boots of its virtual machine brought nothing and another one followed: texts, or NULL. */
const json_t *record_reboots(const struct record *r);

/* How often C crashed, or the machine or the runner with it. */
unsigned int record_crashes(const struct record_case *c);

/* The case called ID, or NULL. */
struct record_case *record_find(const struct record *r, const char *id);

/* The next fault that is blamed on the case ID, from number *AT on, which steps; or NULL. */
const json_t *record_next_fault(const struct record *r, const char *id, size_t *at);

/* What to show for C: the worst so far, NULL before the first verdict. */
const struct outcome *record_shown(const struct record_case *c);

/* How many cases from FIRST on are of one program. */
size_t record_same_program(const struct record *r, size_t first);

/* A new verdict event without a time, for a case that has not had its turn to the end. */
json_t *record_event_of(const char *id, const char *program, unsigned int pass, enum verdict v,
			const char *reason);

void record_totals(const struct record *r, struct record_totals *t);

/* The exit code that DESIGN.md gives to such a run. */
int record_exit(const struct record *r);

/* Is an unknown lost write the same as a known one, for the exit code? */
bool record_strict(const struct record *r);

#endif
