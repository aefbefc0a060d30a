/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: the files derived from a journal. */
#ifndef LOSTWRITE_REPORT_H
#define LOSTWRITE_REPORT_H

#include <stdbool.h>

struct record;

/*
 * Writes summary.json, results.ktap, kcidb.json, report.html and, where libxml2 is there,
 * junit.xml into the run directory DIR. False, with one line in *WHY, when that fails.
 */
bool report_write(const struct record *r, const char *dir, char **why);

/* Adds the run in DIR, whose journal is whole, to the history FILE. False as above. */
bool report_history(const char *file, const char *dir, char **why);

#endif
