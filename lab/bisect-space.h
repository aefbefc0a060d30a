/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-space: where a culprit is searched, as the user says it: commits of a tree, kernels in
 * a list, options of a configuration, kernel parameters. What is built, is built here.
 */
#ifndef LOSTWRITE_BISECT_SPACE_H
#define LOSTWRITE_BISECT_SPACE_H

#include "bisect-diff.h"
#include "bisect-git.h"
#include "bisect-list.h"

enum bisect_kind { BISECT_COMMITS, BISECT_KERNELS, BISECT_CONFIGS, BISECT_PARAMETERS };

struct bisect_wish {
	enum bisect_kind kind;
	const char *tree, *deb, *list; /* list: a file */
	struct bisect_list named;      /* by --kernel and --build */
	const char *good, *bad;
	const char *config; /* or NULL: the suite's */
	const char *make;   /* more words for make, or NULL */
	bool fix;
};

struct bisect_space {
	enum bisect_kind kind;
	const struct bisect_wish *wish;
	struct bisect_list list; /* of all but commits */
	struct bisect_git git;	 /* of what is built */
	struct bisect_diff diff; /* of configurations and parameters */
	char *config, *dir;	 /* what is built with, and where */
	char *ends[2];		 /* ids: the good and the bad end */
	unsigned long between;	 /* what may be the culprit */
	char *built;		 /* the id of what stands in the build directory */
	double build_seconds;	 /* of the last build */
};

/*
 * Takes the user's words for it: a mistake is a usage error. Asks apt if it must. False with a
 * line in *WHY when that fails.
 */
bool bisect_space_look(struct bisect_space *s, const struct bisect_wish *w, char **why);

/* Makes what it needs in the cache. */
bool bisect_space_open(struct bisect_space *s, const char *cache, char **why);

/* The second half of struct bisect. */
const struct bisect_space_ops *bisect_space_ops(const struct bisect_space *s);
void *bisect_space_arg(struct bisect_space *s);

/* Is a kernel built for each verdict? */
bool bisect_space_builds(const struct bisect_space *s);

/*
 * Makes *K the kernel ID, ready to boot. BISECT_CLEAN, or BISECT_CANNOT: not this one, or
 * BISECT_FATAL: none; both with a new string in *WHY.
 */
enum bisect_result bisect_space_prepare(struct bisect_space *s, const char *id,
					struct bisect_item *k, char **why);

/* ID for people: an abbreviated hash and the subject, its release if known; a new string. */
char *bisect_space_label(const struct bisect_space *s, const char *id);

/* The guest says that ID is the kernel RELEASE. */
void bisect_space_told(struct bisect_space *s, const char *id, const char *release);

/* "commit", "kernel", "option", "parameter". */
const char *bisect_space_unit(const struct bisect_space *s);

void bisect_space_free(struct bisect_space *s);

#endif
