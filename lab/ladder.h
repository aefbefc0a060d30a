/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder: the same cases on several kernels, each in guests of its own. */
#ifndef LOSTWRITE_LADDER_H
#define LOSTWRITE_LADDER_H

#include "expect.h"
#include "record.h"
#include "split.h"
#include "stop.h"
#include "term.h"

#include <stdbool.h>
#include <sys/types.h>

struct ladder_kernel {
	const char *option; /* of the verb vm: --deb, --kernel or --build */
	char *value;	    /* of that option */
	char *modules;	    /* or NULL */
	char *label;	    /* short, unique, fit for a file name */
	void (*took)(void *arg, const json_t *event); /* the record did; NULL: nobody asks */
	void *arg;
	/* while and after it runs: */
	enum { LADDER_WAITS, LADDER_RUNS, LADDER_DONE } state;
	pid_t pid;
	int events, complaints; /* pipes, -1 when closed */
	struct split event_split, complaint_split;
	struct record record;
	char *said; /* the last line on stderr */
	char *dir;  /* of its run, below the ladder's; NULL without one */
	int exit;
	bool told; /* in a line of its own */
	double started, seconds;
};

struct ladder_row {
	const char *name;
	size_t first, n; /* its cases in ladder_rows(): more than one is a matrix */
};

struct ladder {
	struct ladder_kernel *kernels;
	size_t n;
	unsigned int jobs;
	char *const *vm_args;  /* more options of vm, ended by NULL */
	char *const *run_args; /* behind its --, ended by NULL */
	const char *results;
	struct expect *expect; /* or NULL */
	/* while it runs: */
	char *dir;
	struct term term;
	struct stop stop;
	struct ladder_row shown; /* the last row of the table that stands there */
	unsigned int drawn;	 /* lines of a table that will be drawn again */
	double drawn_at;
};

/* Adds a kernel, VALUE of vm's OPTION. */
void ladder_add(struct ladder *l, const char *option, const char *value, const char *modules);

/* The exit code. */
int ladder_run(struct ladder *l);

/* The release of K, or its label before that is known. */
const char *ladder_release(const struct ladder_kernel *k);

/* "booted again: REASON" of a K whose guest did not come to a case at once, a new string; NULL. */
char *ladder_reboots(const struct ladder_kernel *k);

/* The kernel whose cases are the table's rows: the first one that has some. */
const struct ladder_kernel *ladder_rows(const struct ladder *l);

/* What K said about the case ID, or NULL. */
const struct outcome *ladder_verdict(const struct ladder_kernel *k, const char *id);

/* What differs from the expectation there, a new string; NULL for nothing. */
char *ladder_wrong(const struct ladder *l, const struct ladder_kernel *k, const char *id);

/* The word in a cell: "pass", "CORRUPT", "open", "hazard", ... */
const char *ladder_word(const struct outcome *o);

/* On stdout: the heading, a kernel that has ended, the rows that are complete by now. */
void ladder_print_head(const struct ladder *l);
void ladder_print_kernel(const struct ladder *l, const struct ladder_kernel *k);
void ladder_print_rows(struct ladder *l);

/* All rows, as far as they are known: their lines. */
unsigned int ladder_print_table(const struct ladder *l);
unsigned int ladder_table_width(const struct ladder *l);

/* On a terminal with room for it: the table, again whenever there is news. Takes it away. */
void ladder_live_draw(struct ladder *l);
void ladder_live_clear(struct ladder *l);

/* What stands below the table. */
void ladder_print_end(const struct ladder *l, unsigned int differences);

/* ladder.json and ladder.html as new strings. */
char *ladder_json(const struct ladder *l, int code);
char *ladder_html(const struct ladder *l, int code);

#endif
