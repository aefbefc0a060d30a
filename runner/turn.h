/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn: one program's turn in a run. It gives every selected cell of the
 * program exactly one verdict, whatever the program does; a later verdict on
 * the same cell in the same pass replaces the earlier one.
 */
#ifndef LOSTWRITE_TURN_H
#define LOSTWRITE_TURN_H

#include "capped.h"
#include "job.h"
#include "ktap.h"
#include "lines.h"
#include "run.h"
#include "suite.h"

#define TURN_KERNEL_LOG "kernel.log"

struct turn {
	struct run *run;
	const struct suite_program *program;
	unsigned int pass;
	unsigned int seconds; /* the program's bound */
	struct job job;
	struct ktap ktap;
	struct lines out_lines, err_lines;
	struct capped out, kernel;
	bool *done;			    /* by cell: it has a verdict */
	const struct suite_cell *cell;	    /* the one that runs */
	const struct suite_cell *last;	    /* the last one with a verdict */
	unsigned int claims[VERDICT_COUNT]; /* what the program said */
	double started, cell_started, last_tick;
	double pace;	 /* of the machine when the limit was reached; 0: it was not */
	char *problem;	 /* why its stream cannot be trusted */
	char *complaint; /* the last line on stderr */
	/* The kernel, since the last verdict. */
	json_t *log;  /* lines of one reading */
	char *fault;  /* the first fault */
	char *lockup; /* what a watchdog said that is not believed alone */
	unsigned int faults;
	bool expected; /* a fault that the program announced in "expect_log" */
	bool oom;
	unsigned long taint;
};

/* Runs PROGRAM's selected cells for at most SECONDS. */
void turn_run(struct run *run, const struct suite_program *program, unsigned int pass,
	      unsigned int seconds);

/* Adds to the program's file NAME, LOG. */
void turn_log(struct turn *t, struct capped *log, const char *name, const char *data, size_t len);

/* Gives CELL the verdict V with what the program said since the last one. */
void turn_verdict(struct turn *t, const struct suite_cell *cell, enum verdict v,
		  const char *reason);

/* Replaces the verdict on CELL. */
void turn_override(struct turn *t, const struct suite_cell *cell, enum verdict v,
		   const char *reason);

#endif
