/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: what a person reads while a run goes on. */
#ifndef LOSTWRITE_TEXT_H
#define LOSTWRITE_TEXT_H

#include <jansson.h>

/* A test was broken, or what was asked for cannot be done. */
#define EXIT_BROKEN 2

struct outcome;
struct record;
struct term;

/* One line about the run itself. */
void text_header(const struct record *r);

/* One line about what there is for it: seconds, memory, swap, and room for files. */
void text_budget(double seconds, const json_t *facts);

/* For a user who is not root: one line about the cases that root would add, if any. */
void text_privileges(const struct record *r);

/*
 * Of a verdict EVENT that R has taken the case: its line of the table, and for a bad one
 * what was found and how to repeat it. Of a run of more than 100 cases only the bad ones
 * that are new.
 */
void text_event(struct term *t, const struct record *r, const json_t *event);

/* The whole table, for `report`. */
void text_table(struct term *t, const struct record *r);

/* "[ 3/14] ID  0.4 s  pass 2 corrupt 0 skip 1", a new string. */
char *text_progress(const struct record *r, const char *id, double seconds);

/* The colour of O on T: green, yellow, red, or dim for who says nothing. */
const char *text_colour(const struct term *t, const struct outcome *o);

/* Says on stderr, in one line, WHY there is nothing, and frees it. Gives EXIT_BROKEN. */
int text_refuse(char *why);

#endif
