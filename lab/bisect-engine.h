/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-engine: runs of the case on one kernel, each a pass of `run nightly` in a guest that
 * the verb vm boots in a process of its own, as for a ladder. A guest serves for as many runs
 * as it lives through; another kernel, or a crash, has a new one.
 */
#ifndef LOSTWRITE_BISECT_ENGINE_H
#define LOSTWRITE_BISECT_ENGINE_H

#include "bisect-drive.h"
#include "bisect-list.h"
#include "ladder.h"
#include "words.h"

#include <jansson.h>

struct bisect_engine {
	const char *dir;       /* the guests' runs go there */
	const char *match;     /* the case */
	char *const *vm_args;  /* more options of vm, ended by NULL */
	char *const *run_args; /* and of run */
	bool fresh;	       /* a guest for each run */
	struct stop *stop;
	void (*tick)(void *arg, const char *what); /* at least five times a second */
	void *arg;
	/* while a guest is there: */
	struct ladder ladder;
	struct ladder_kernel guest;
	struct words vm_words, run_words;
	char *kernel;	  /* the id of what it runs, or NULL: no guest */
	json_t *verdicts; /* of the pass that runs, by case */
	json_t *runs;	  /* that are over and not fetched */
	unsigned int pass, boots;
	bool dead;	     /* what comes of it from now on does not count */
	double boot_seconds; /* of the last guest that came up; 0: none did */
};

/*
 * One more run on the kernel K: for bisect_signature_result(), a new object. NULL: none, and
 * *RESULT is BISECT_FATAL or BISECT_STOPPED. A guest without a verdict is a run as well.
 */
json_t *bisect_engine_run(struct bisect_engine *e, const struct bisect_item *k,
			  enum bisect_result *result);

/* The last complaint of the guest that is there. */
const char *bisect_engine_said(const struct bisect_engine *e);

/* The guest, if there is one, ends. */
void bisect_engine_end(struct bisect_engine *e);

#endif
