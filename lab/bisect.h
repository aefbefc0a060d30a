/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect: from "bad since the update" to the commit. What lab/bisect-*.h have, put together. */
#ifndef LOSTWRITE_BISECT_H
#define LOSTWRITE_BISECT_H

#include "bisect-cache.h"
#include "bisect-drive.h"
#include "bisect-engine.h"
#include "bisect-signature.h"
#include "bisect-space.h"
#include "bisect-state.h"

#include <stdbool.h>

#define BISECT_EXIT_FOUND	0
#define BISECT_EXIT_UNCONFIRMED 1
#define BISECT_EXIT_SET		2   /* of some that could not be tested */
#define BISECT_EXIT_NO		128 /* an end is not what it should be, or nothing can be tested */

struct bisect_options {
	struct bisect_wish wish;
	const char *match;
	struct bisect_plan plan;
	bool fresh; /* a guest for each run */
	bool yes;   /* however long it takes */
	bool only_plan;
	bool no_cache; /* of verdicts */
	const char *results;
	char *const *vm_args, *const *run_args;
	json_t *argv;
	const char *resume; /* the directory to go on in, or NULL */
};

struct bisection {
	const struct bisect_options *o;
	struct bisect drive;
	struct bisect_space space;
	struct bisect_engine engine;
	struct bisect_state state;
	struct bisect_cache cache;
	struct bisect_signature signature;
	struct term term;
	struct stop stop;
	char *dir;
	json_t *last;		   /* the run that has just been */
	struct bisect_test *at;	   /* while it is on */
	struct bisect_item kernel; /* of that, when it is ready */
	bool ready, told_replay;
	unsigned int builds; /* and what they and boots took, for the plan */
	double build_seconds, boot_seconds;
	json_t *programs; /* that have the case: their paths */
	char *label;	  /* of the kernel under test */
};

/* The exit code. */
int bisect_run(const struct bisect_options *o);

/* The same for a bisection that was cut off, in DIR: what the user typed then, a new array. */
json_t *bisect_argv(const char *dir, char **cwd);

#endif
