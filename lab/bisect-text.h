/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect-text: what a person reads while a bisection goes on. */
#ifndef LOSTWRITE_BISECT_TEXT_H
#define LOSTWRITE_BISECT_TEXT_H

struct bisect_test;
struct bisection;

/* What is searched, and how much that is: before anything is booted. */
void bisect_text_head(const struct bisection *x);

/* Where kernels are built. */
void bisect_text_place(const struct bisection *x);

/* The plan once the bad end is measured; its estimate in seconds. */
double bisect_text_plan(const struct bisection *x);

/* The line of a test that has ended. */
void bisect_text_row(struct bisection *x, const struct bisect_test *t);

/* The progress line: WHAT the guest does. */
void bisect_text_tick(struct bisection *x, const char *what);

/* "31 s", "4 min", "3.2 h"; a new string. */
char *bisect_text_time(double seconds);

/* "bad end", "" for a step, ... */
const char *bisect_text_phase(const struct bisect_test *t);

/* "bad", "good", "not tested". */
const char *bisect_text_verdict(const struct bisect_test *t);

#endif
