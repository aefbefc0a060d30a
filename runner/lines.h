/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines: cuts a stream into lines. */
#ifndef LOSTWRITE_LINES_H
#define LOSTWRITE_LINES_H

#include <stddef.h>

#define LINES_MAX 4096 /* what is longer is cut there */

struct lines {
	char text[LINES_MAX];
	size_t len;
};

/* Calls FN with every line that DATA completes, without its newline. */
void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line),
		void *arg);

/* Calls FN with the rest, if there is one. */
void lines_end(struct lines *l, void (*fn)(void *arg, char *line), void *arg);

#endif
