/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outcome: what a verdict event says, without its JSON: a run may have 100,000. All
 * functions take NULL for a case that has none yet.
 */
#ifndef LOSTWRITE_OUTCOME_H
#define LOSTWRITE_OUTCOME_H

#include "verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum known_kind { KNOWN_NOT, KNOWN_OPEN, KNOWN_HAZARD, KNOWN_LISTED };

struct counter {
	const char *name;
	long long n;
};

struct outcome {
	enum verdict verdict;
	enum known_kind known; /* also of a pass: a known bug that did not show */
	unsigned int pass;
	bool set_aside;
	double seconds; /* below 0: it never started */
	/* Each may be NULL. They belong to the words that outcome_new() was given. */
	const char *reason, *diagnosis, *class, *replay, *scene, *known_reason;
	size_t n_counters;
	struct counter counters[];
};

/* Of a verdict EVENT, to be freed. Its texts are kept once, in WORDS. */
struct outcome *outcome_new(const json_t *event, json_t *words);

/* The other way: a verdict event of O for the case ID. */
json_t *outcome_json(const struct outcome *o, const char *id, const char *program);

/* VERDICT_COUNT for NULL. */
enum verdict outcome_verdict(const struct outcome *o);

/* Corrupt or crashed? */
bool outcome_is_bad(const struct outcome *o);

/* Is it corrupt or crashed, and known or open upstream? */
bool outcome_is_known(const struct outcome *o);

/* Corrupt or crashed, and nobody knew? */
bool outcome_is_new(const struct outcome *o);

/* What was found, else why not, else why that is known; or NULL. */
const char *outcome_said(const struct outcome *o);

/* The kind of known in the journal: "open", "hazard", "known"; and for people. */
const char *known_name(enum known_kind kind);
const char *known_word(enum known_kind kind);

/* Behind other members of a JSON object: , "KEY": {"NAME": N, ...}. */
void outcome_write_counters(FILE *out, const char *key, const struct counter *counters, size_t n);

/* The counter NAME, 0 when there is none. */
long long outcome_counter(const struct outcome *o, const char *name);

#endif
