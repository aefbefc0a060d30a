/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pieces: what a guest's runner logs, as it comes: a guest that dies takes no log with it. */
#ifndef LOSTWRITE_PIECES_H
#define LOSTWRITE_PIECES_H

#include <jansson.h>

/*
 * Adds the text of EVENT, {"event":"file","path":...,"text":...}, to its file below DIR.
 * The guest is not trusted with a path: one or two plain names are all it gets.
 */
void pieces_take(const char *dir, const json_t *event);

#endif
