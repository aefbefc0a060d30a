/* SPDX-License-Identifier: GPL-2.0-or-later */
/* term: stdout, a terminal or not. */
#ifndef LOSTWRITE_TERM_H
#define LOSTWRITE_TERM_H

#include <stdbool.h>

struct term {
	bool tty, colour;
	bool progress; /* a progress line stands there */
};

void term_init(struct term *t);

/* The columns of the terminal, or a very large number. */
unsigned int term_width(const struct term *t);

/* Its rows; 0 when stdout is none. */
unsigned int term_height(const struct term *t);

#define TERM_GREEN  "\033[32m"
#define TERM_RED    "\033[1;31m"
#define TERM_YELLOW "\033[33m"
#define TERM_DIM    "\033[2m"
#define TERM_PLAIN  "\033[0m"

/* SEQUENCE, one of the above, or "" where there are no colours. */
const char *term_colour(const struct term *t, const char *sequence);

/* Shows TEXT on the progress line; nothing when stdout is no terminal. */
void term_progress(struct term *t, const char *text);

/* Takes the progress line away, before anything else is printed. */
void term_clear(struct term *t);

#endif
