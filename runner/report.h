/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: the files derived from a journal. */
#ifndef LOSTWRITE_REPORT_H
#define LOSTWRITE_REPORT_H

#include <stdbool.h>

struct record;

/*
 * Writes summary.json and results.ktap into the run directory DIR. False, with
 * one line in *WHY, when that fails.
 */
bool report_write(const struct record *r, const char *dir, char **why);

#endif
