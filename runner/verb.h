/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verb: what can stand behind `run.sh`. A new verb is a row in main.c's table. */
#ifndef LOSTWRITE_VERB_H
#define LOSTWRITE_VERB_H

#include <getopt.h>
#include <stdbool.h>

struct verb {
	const char *name;
	const char *summary;
	const char *help; /* '@' stands for the program's name */
	int (*run)(const struct verb *v, int argc, char **argv);
	bool answers; /* it takes --bisect: answer.h */
};

extern const struct verb verb_run, verb_shard, verb_resume, verb_list, verb_describe, verb_report,
	verb_compare, verb_history, verb_undo, verb_scene, verb_vm, verb_ladder, verb_shrink,
	verb_inline, verb_bisect;

/* What the user typed to get here: "./run.sh" or "lostwrite". */
const char *verb_program(void);

/* Prints TEXT with the program's name for every '@'. */
void verb_print(const char *text);

/*
 * getopt_long() with one clear line for what is wrong; serves --help. -1 at
 * the end of the options.
 */
int verb_option(const struct verb *v, int argc, char **argv, const struct option *options);

/* The run directory that the next word names, or the latest one: a new string. */
char *verb_directory(int argc, char **argv);

/* A usage error when words are left over. */
void verb_no_more(const struct verb *v, int argc, char **argv);

#endif
