// SPDX-License-Identifier: GPL-2.0-or-later
#include "split.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (16u << 20) /* what is longer is no event, and is dropped */

static void keep(struct split *s, const char *data, size_t len)
{
	if (!len || s->len + len > LINE_MAX_BYTES)
		return;
	s->part = mem_grow(s->part, s->len + len, 1);
	memcpy(s->part + s->len, data, len);
	s->len += len;
}

void split_feed(struct split *s, const char *data, size_t len,
		void (*fn)(void *arg, const char *line, size_t len), void *arg)
{
	const char *end;

	while ((end = memchr(data, '\n', len))) {
		keep(s, data, end - data);
		fn(arg, s->part ? s->part : "", s->len);
		s->len = 0;
		len -= end + 1 - data;
		data = end + 1;
	}
	keep(s, data, len);
}

void split_free(struct split *s)
{
	free(s->part);
	*s = (struct split){ .part = NULL };
}
