/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words: the words of a command line, which are not known all at once. */
#ifndef LOSTWRITE_WORDS_H
#define LOSTWRITE_WORDS_H

#include <stddef.h>

/* Zeroed it is empty, and its list is none yet. */
struct words {
	char **list; /* ended by NULL */
	size_t n;
};

/* An empty list that is there, for who reads it however many were added. */
struct words words_none(void);

void words_add(struct words *w, const char *word);
__attribute__((format(printf, 2, 3))) void words_print(struct words *w, const char *fmt, ...);

void words_free(struct words *w);

#endif
