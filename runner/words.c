// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include "mem.h"

#include <stdarg.h>
#include <stdlib.h>

static void take(struct words *w, char *word)
{
	w->list = mem_grow(w->list, w->n + 2, sizeof(*w->list));
	w->list[w->n++] = mem_checked(word);
	w->list[w->n] = NULL;
}

struct words words_none(void)
{
	return (struct words){ .list = mem_zero(1, sizeof(char *)) };
}

void words_add(struct words *w, const char *word)
{
	take(w, mem_copy(word));
}

void words_print(struct words *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	take(w, mem_vtext(fmt, ap));
	va_end(ap);
}

void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->list[i]);
	free(w->list);
	*w = (struct words){ .n = 0 };
}
