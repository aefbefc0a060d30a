// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-list.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static size_t place(const struct bisect_list *l, const char *id)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->items[i].id, id))
		i++;
	return i;
}

void bisect_list_add(struct bisect_list *l, const char *option, const char *value,
		     const char *modules)
{
	char *id = mem_copy(value);

	for (int again = 2; place(l, id) < l->n; again++) {
		free(id);
		id = mem_text("%s (%d)", value, again);
	}
	l->items = mem_grow(l->items, l->n + 1, sizeof(*l->items));
	l->items[l->n++] = (struct bisect_item){
		.id = id, .option = option, .value = mem_copy(value), .modules = mem_copy(modules)
	};
}

void bisect_list_ready(struct bisect_list *l, bool fix)
{
	free(l->skipped);
	l->skipped = mem_zero(l->n, sizeof(*l->skipped));
	l->fix = fix;
	l->low = 0;
	l->high = l->n - 1;
}

const struct bisect_item *bisect_list_find(const struct bisect_list *l, const char *id)
{
	size_t i = place(l, id);

	return i < l->n ? &l->items[i] : NULL;
}

void bisect_list_left(const struct bisect_list *l, size_t *first, size_t *last)
{
	*first = l->low + 1;
	*last = l->high;
}

/* The one nearest to the middle that was not skipped; 0: there is none. */
static size_t middle(const struct bisect_list *l)
{
	size_t mid = l->low + (l->high - l->low) / 2, best = 0, far = l->n;

	for (size_t i = l->low + 1; i < l->high; i++) {
		size_t off = i > mid ? i - mid : mid - i;

		if (!l->skipped[i] && off < far) {
			best = i;
			far = off;
		}
	}
	return best;
}

static enum bisect_next next(void *space, char **id, char **why)
{
	struct bisect_list *l = space;
	size_t i = middle(l);

	(void)why;
	if (!i && l->high - l->low > 1)
		return BISECT_NEXT_SET;
	*id = mem_copy(l->items[i ? i : l->high].id);
	return i ? BISECT_NEXT_TEST : BISECT_NEXT_FOUND;
}

static void mark(void *space, const char *id, enum bisect_judgement judged)
{
	struct bisect_list *l = space;
	size_t i = place(l, id);

	if (judged == BISECT_SKIP)
		l->skipped[i] = true;
	else if ((judged == BISECT_BAD) == l->fix)
		l->low = i;
	else
		l->high = i;
}

static char *parent(void *space, const char *id)
{
	const struct bisect_list *l = space;

	return mem_copy(l->items[place(l, id) - 1].id);
}

void bisect_list_free(struct bisect_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i].id);
		free(l->items[i].value);
		free(l->items[i].modules);
		free(l->items[i].append);
		free(l->items[i].release);
	}
	free(l->items);
	free(l->skipped);
}

const struct bisect_space_ops bisect_list_ops = { next, mark, parent };
