/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect-list: a space that is a list in order, from the oldest to the newest. */
#ifndef LOSTWRITE_BISECT_LIST_H
#define LOSTWRITE_BISECT_LIST_H

#include "bisect-drive.h"

struct bisect_item {
	char *id;	    /* unique */
	const char *option; /* of the verb vm that names the kernel */
	char *value;	    /* of that */
	char *modules;	    /* or NULL */
	char *append;	    /* kernel parameters, or NULL */
	char *release;	    /* that it turned out to be, or NULL */
};

struct bisect_list {
	struct bisect_item *items;
	bool *skipped;
	size_t n;
	bool fix;
	size_t low, high; /* the culprit is behind LOW, and at HIGH or before */
};

/* Adds a kernel; of an id that is there already the value makes another one. */
void bisect_list_add(struct bisect_list *l, const char *option, const char *value,
		     const char *modules);

/* All are there, at least two. */
void bisect_list_ready(struct bisect_list *l, bool fix);

const struct bisect_item *bisect_list_find(const struct bisect_list *l, const char *id);

/* The ids that may be the culprit, as of now: from *FIRST to *LAST. */
void bisect_list_left(const struct bisect_list *l, size_t *first, size_t *last);

void bisect_list_free(struct bisect_list *l);

extern const struct bisect_space_ops bisect_list_ops;

#endif
