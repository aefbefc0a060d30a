/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-git: the commits of a git repository. git itself searches (`git bisect`), in a clone
 * in the cache that shares the objects: the user's tree, its index and its refs stay as they are.
 */
#ifndef LOSTWRITE_BISECT_GIT_H
#define LOSTWRITE_BISECT_GIT_H

#include "bisect-drive.h"

struct bisect_git {
	char *source;	       /* the user's */
	char *clone;	       /* its work tree is where to build */
	char *place;	       /* holds the clone, and a directory `build` for whoever builds */
	char *good, *bad;      /* commits */
	unsigned long commits; /* that may be the culprit */
	bool fix;
	char *said; /* git bisect's last words, */
	int code;   /* and its exit code */
};

/*
 * Looks at TREE and its commits GOOD and BAD: a mistake is a usage error. Nothing is made.
 * GOOD is NULL for a space that needs no other commit than BAD.
 */
void bisect_git_look(struct bisect_git *g, const char *tree, const char *good, const char *bad,
		     bool fix);

/* Makes the clone, or takes the one of an earlier time. False with one line in *WHY. */
bool bisect_git_open(struct bisect_git *g, const char *cache, char **why);

/* Begins to search. */
bool bisect_git_start(struct bisect_git *g, char **why);

/* The clone's files become those of the commit ID. */
bool bisect_git_checkout(const struct bisect_git *g, const char *id, char **why);

/* What git says about ID in FORMAT of git-show(1), the first line or all; a new string. */
char *bisect_git_show(const struct bisect_git *g, const char *id, const char *format);

/* `git bisect log`, and the files that ID changes, a line each; new strings. */
char *bisect_git_log(const struct bisect_git *g);
char *bisect_git_files(const struct bisect_git *g, const char *id);

void bisect_git_free(struct bisect_git *g);

extern const struct bisect_space_ops bisect_git_ops;

#endif
