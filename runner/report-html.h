/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report-html: a run as one page for people: the verdict first, then what to look at. */
#ifndef LOSTWRITE_REPORT_HTML_H
#define LOSTWRITE_REPORT_HTML_H

struct record;

/* The page of the run in DIR, a new string. What is not in the journal (pages, environment) is
 * left out when DIR does not have it. */
char *report_html(const struct record *r, const char *dir);

#endif
