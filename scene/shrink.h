/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink: the smallest scene that still fails. It knows lines, processes, pages
 * and WHERE; what a line means only the parser knows, so that a new operation
 * needs nothing here.
 */
#ifndef LOSTWRITE_SCENE_SHRINK_H
#define LOSTWRITE_SCENE_SHRINK_H

#include <stdbool.h>
#include <stddef.h>

#define SHRINK_LINES 64
#define SHRINK_LINE  80

/* A scene as lines, without comments. */
struct draft {
	char line[SHRINK_LINES][SHRINK_LINE];
	unsigned int lines;
};

/* False: more or longer lines than a scene has. */
bool draft_read(struct draft *draft, const char *text);
void draft_text(const struct draft *draft, char *text, size_t size);
unsigned int draft_pages(const struct draft *draft);

/*
 * Makes DRAFT smaller while FAILS says yes, until nothing more goes. FAILS is
 * asked once for each draft, and is to say no where one makes no sense.
 */
void shrink(struct draft *draft, bool (*fails)(const struct draft *draft, void *data), void *data);

#endif
