/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resume: a run that was cut off, or interrupted, goes on in its own directory. */
#ifndef LOSTWRITE_RESUME_H
#define LOSTWRITE_RESUME_H

#include <jansson.h>
#include <stdbool.h>

struct record;
struct run;
struct suite;

/*
 * Takes the journal of the run in DIR into R. False, with one line in *WHY, when there
 * is nothing to go on with: it is not readable, has ended, or began on another kernel.
 */
bool resume_read(struct record *r, const char *dir, char **why);

/* Opens the journal again and says in it that the run goes on. False with one line in *WHY. */
bool resume_open(struct run *run, json_t *facts, char **why);

/* Gives the case that was cut off, if any, its verdict. */
void resume_conclude(struct run *run);

/* Selects the cases of R, of them only what its last pass has left or all. */
void resume_select(struct suite *suite, const struct record *r, bool only_left);

#endif
