/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reports: the forms in which a run is told. Each writes the finished run R, whose
 * directory is DIR, to OUT.
 */
#ifndef LOSTWRITE_REPORTS_H
#define LOSTWRITE_REPORTS_H

#include <stdio.h>

struct record;

/* docs/summary.schema.json. */
void report_summary(FILE *out, const struct record *r, const char *dir);

/* KTAP version 1, of one level, for prove and automake's driver. */
void report_ktap(FILE *out, const struct record *r, const char *dir);

/* What report/junit reads. */
void report_junit(FILE *out, const struct record *r, const char *dir);

/* KCIDB v5.3 JSON, docs/results.md. */
void report_kcidb(FILE *out, const struct record *r, const char *dir);

/* A page for people. Pages and the environment are left out when DIR does not have them. */
void report_html(FILE *out, const struct record *r, const char *dir);

#endif
