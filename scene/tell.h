/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell: a scene as a story, for --verbose: each line, below it the calls that it
 * makes (lib/story.h), and what pagemap says of the pages before and after.
 */
#ifndef LOSTWRITE_SCENE_TELL_H
#define LOSTWRITE_SCENE_TELL_H

#include "op.h"

/* The memory has names now; nothing is told without --verbose. */
void tell_begin(struct actor *a);

/* The line of S, and the pages as they are, in the process that acts. */
void tell_before(const struct actor *a, const struct scene_step *s);

/* "pages 0-15: present exclusive dirty -> swapped": runs of equal state. */
void tell_after(const struct actor *a);

#endif
