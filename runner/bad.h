/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bad: what a run found that nobody knew, as a section of its page. */
#ifndef LOSTWRITE_BAD_H
#define LOSTWRITE_BAD_H

#include <stdio.h>

struct record;

/* Each with diagnosis, replay line, scene, page and kernel log; pages are read from DIR. */
void bad_section(FILE *out, const struct record *r, const char *dir);

#endif
