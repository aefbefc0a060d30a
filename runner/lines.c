// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

static void hand_over(struct lines *l, void (*fn)(void *arg, char *line), void *arg)
{
	l->text[l->len] = '\0';
	l->len = 0;
	fn(arg, l->text);
}

void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line),
		void *arg)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			hand_over(l, fn, arg);
		else if (l->len < sizeof(l->text) - 1)
			l->text[l->len++] = data[i] ? data[i] : '?';
	}
}

void lines_end(struct lines *l, void (*fn)(void *arg, char *line), void *arg)
{
	if (l->len)
		hand_over(l, fn, arg);
}
