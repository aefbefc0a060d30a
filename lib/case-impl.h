/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * case-impl: what the parts of case share: case.c (supervisor), case-opt.c
 * (options), case-check.c (the test's side), case-report.c (what is printed).
 */
#ifndef LOSTWRITE_CASE_IMPL_H
#define LOSTWRITE_CASE_IMPL_H

#include "case.h"

#include <stdatomic.h>

struct case_options {
	const char *program;		   /* argv[0], for the replay line */
	const char **patterns;		   /* of --cell */
	unsigned int pattern_count, names; /* the first NAMES are no globs */
	const char *inject;
	uint64_t seed;
	unsigned int rounds, seconds, limit; /* 0: not given */
	unsigned int patience;		     /* of case_patience() */
	bool json, verbose, list, all, scene;
	char own[512]; /* the program's own options as given, for the replay line */
};

/* What the test tells its supervisor, in memory that both map. */
struct case_result {
	atomic_ullong counters[CASE_COUNTERS];
	atomic_uint round;
	int verdict; /* -1 until there is one */
	double seconds;
	char reason[512];     /* of skip, inconclusive, broken */
	char diagnosis[1024]; /* of corrupt */
	char class[32];
};

#define CASE_EXIT_NOTHING 3 /* no cell matches */

extern struct case_result *case_result; /* of the cell that runs */
extern struct case_options case_options;

/* --- case-opt.c --- */

/* Parses; handles --help, --version, --describe and --list itself and exits. */
void case_opt_parse(int argc, char **argv, const struct case_info *info);
bool case_opt_selected(const char *id, const char *cell);

/* The --inject kinds of the oracles of INFO, ended by NULL. */
const char *const *case_inject_kinds(const struct case_info *info);

/* --- case-report.c --- */

/* The id of a cell, in TEXT. */
char *case_id(const struct case_info *info, const struct case_cell *cell, char *text, size_t size);
const struct case_cell *case_cells(const struct case_info *info);
const char *case_open(const struct case_info *info, const struct case_cell *cell);
uint64_t case_needs(const struct case_info *info, const struct case_cell *cell);
size_t case_memory(const struct case_info *info);
unsigned int case_seconds(const struct case_info *info);

void case_describe(const struct case_info *info);
void case_report_plan(const struct case_info *info, unsigned int cells);
void case_report_start(const char *id);
/* The cell that runs has SECONDS more, as the machine is PACE times slower than usual. */
void case_report_patience(double seconds, double pace);

void case_report(const struct case_info *info, const struct case_cell *cell, unsigned int number,
		 const struct case_result *result);

/* A cell whose turn never came: its result alone, and not at once, as there may be thousands. */
void case_report_late(const struct case_info *info, const struct case_cell *cell,
		      unsigned int number, const struct case_result *result);

#endif
