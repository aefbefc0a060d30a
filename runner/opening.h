/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opening: the first things that a run writes down. */
#ifndef LOSTWRITE_OPENING_H
#define LOSTWRITE_OPENING_H

#include <jansson.h>
#include <stdbool.h>

struct run;

/*
 * Makes the run's directory with env.json, the journal and its "run" event, and `latest`.
 * False, with one line in *WHY and nothing left, when that is impossible.
 */
bool opening_directory(struct run *run, json_t *facts, char **why);

#endif
