/* SPDX-License-Identifier: GPL-2.0-or-later */
/* split: cuts a stream into lines of any length: events can be long. */
#ifndef LOSTWRITE_SPLIT_H
#define LOSTWRITE_SPLIT_H

#include <stddef.h>

struct split {
	char *part; /* of a line that has not ended */
	size_t len;
};

/* Calls FN with every line that DATA completes, without its newline. */
void split_feed(struct split *s, const char *data, size_t len,
		void (*fn)(void *arg, const char *line, size_t len), void *arg);

/* Forgets what is left; S can be used again. */
void split_free(struct split *s);

#endif
