/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: the cases of a run by what is said of them: a matrix meets one open bug in
 * hundreds of cells. Each is a new JSON object {text: [id, ...]}, in the run's order.
 */
#ifndef LOSTWRITE_GROUPS_H
#define LOSTWRITE_GROUPS_H

#include "record.h"

/* Corrupt or crashed and known: "open upstream: since 6.12, ...". */
json_t *groups_known(const struct record *r);

/*
 * What is known, and passes in all of its cases: some pass by luck. KNOWN is what
 * groups_known() gave.
 */
json_t *groups_fixed(const struct record *r, const json_t *known);

/* Skipped: what is missing; a remedy. A case may be in several. */
json_t *groups_skipped(const struct record *r);

/* All others with verdict V, by reason. */
json_t *groups_reasons(const struct record *r, enum verdict v);

#endif
