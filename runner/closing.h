/* SPDX-License-Identifier: GPL-2.0-or-later */
/* closing: what a person reads on stdout when a run is over. */
#ifndef LOSTWRITE_CLOSING_H
#define LOSTWRITE_CLOSING_H

struct record;

/* The counts; what is known, at fault, skipped and why; where all is; the sentence. */
void closing_print(const struct record *r, const char *dir);

/* The verdict on the kernel in one sentence, a new string. */
char *closing_sentence(const struct record *r);

#endif
