/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: a guest's journal on its way to the host. Each event becomes one of
 * the host's own journal as it comes, so that the run directory is like any
 * other; several boots of a guest become one run.
 */
#ifndef LOSTWRITE_STREAM_H
#define LOSTWRITE_STREAM_H

#include "journal.h"
#include "record.h"
#include "split.h"
#include "term.h"

#include <jansson.h>
#include <stdbool.h>

struct stream {
	const char *results; /* where the run directory goes */
	const char *history; /* a file to add the run to, or NULL */
	json_t *vm, *argv;   /* for the "run" event */
	struct record record;
	struct journal journal;
	struct term term;
	struct split split;
	char *dir;  /* of the run, NULL before its first event */
	char *lost; /* why nothing can be written any more, else NULL */
	/* This boot: */
	bool up;		  /* its init has run */
	bool running;		  /* a program has started and not ended */
	unsigned int bound;	  /* that program's, in seconds, or what it was given later */
	double heard;		  /* when, on job_now()'s clock */
	unsigned int verdicts;	  /* that it brought */
	bool began, ended;	  /* the runner has started a program; has come to its end */
	int code;		  /* with which the runner ended, or -1 */
	char *said;		  /* its last words */
	unsigned int pass_offset; /* of the guest's passes to ours */
	const char *last;	  /* the case of the last verdict */
};

void stream_init(struct stream *s, const char *results, json_t *vm, json_t *argv);
void stream_free(struct stream *s);

/* Another boot begins. Its passes go on where the last boot's ended. */
void stream_boot(struct stream *s);

void stream_feed(struct stream *s, const char *data, size_t len);

/* This boot brought nothing, for the reason WHY, and another one will follow. */
void stream_again(struct stream *s, const char *why);

/* Adds an event of the host's own, which it takes over. */
void stream_event(struct stream *s, json_t *event);

/* The guest died of REASON: V is the verdict of the case that ran, else of the last one. That case. */
const struct record_case *stream_died(struct stream *s, enum verdict v, const char *reason);

/* The ids, a line each, that another boot has to run; NULL: nothing is left. */
char *stream_left(const struct stream *s);

/* Ends the run: the last event, the reports, what a person reads. Its exit code. */
int stream_end(struct stream *s);

#endif
