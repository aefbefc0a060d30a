/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verb-run: what stands behind `run` on the command line, and behind `resume` in a journal. */
#ifndef LOSTWRITE_VERB_RUN_H
#define LOSTWRITE_VERB_RUN_H

#include <getopt.h>

#define VERB_RUN_FOR_MAX (30 * 86400) /* seconds */

struct run_options;

/* Ended by a NULL name. */
extern const struct option verb_run_options[];

/* Reads ARGV into OPT or ends with a usage error. The expression of --match, or NULL. */
const char *verb_run_parse(int argc, char **argv, struct run_options *opt);

#endif
