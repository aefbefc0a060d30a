/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: a run as a step of `git bisect run`, which takes 1 to 127 but 125 for "bad" and
 * 128 and more for "stop". Nothing but the four codes below may reach it.
 */
#ifndef LOSTWRITE_ANSWER_H
#define LOSTWRITE_ANSWER_H

#include <stdbool.h>

struct record;
struct verb;

#define ANSWER_GOOD 0
#define ANSWER_BAD  1
#define ANSWER_SKIP 125 /* this kernel cannot be tested */
#define ANSWER_STOP 128 /* nor can any other, until somebody repairs it */

enum answer_mode { ANSWER_NO, ANSWER_LOST, ANSWER_CRASH };

/* The value of --bisect (NULL: none was given); a wrong one is a usage error of OPTION. */
enum answer_mode answer_mode(const char *option, const char *value);

/* What R says: lost bytes are bad, also known ones; a crash is with ANSWER_CRASH. */
int answer_of(const struct record *r, enum answer_mode mode);

/* Is --bisect among the words of a verb that has it? */
bool answer_is_wanted(const struct verb *v, int argc, char **argv);

/* Runs the verb in a process of its own: whatever ends that, the code is one of the four. */
int answer_run(const struct verb *v, int argc, char **argv);

#endif
