// SPDX-License-Identifier: GPL-2.0-or-later
#include "term.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void term_init(struct term *t)
{
	const char *kind = getenv("TERM"), *no = getenv("NO_COLOR");

	t->tty = isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb");
	t->colour = t->tty && !(no && *no);
	t->progress = false;
}

unsigned int term_width(const struct term *t)
{
	struct winsize size;

	if (!t->tty)
		return UINT_MAX;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

unsigned int term_height(const struct term *t)
{
	struct winsize size;

	if (!t->tty || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_row;
}

const char *term_colour(const struct term *t, const char *sequence)
{
	return t->colour ? sequence : "";
}

void term_progress(struct term *t, const char *text)
{
	if (!t->tty)
		return;
	/* The last column stays free: some terminals wrap when it is filled. */
	printf("\r\033[K%.*s", (int)term_width(t) - 1, text);
	fflush(stdout);
	t->progress = true;
}

void term_clear(struct term *t)
{
	if (t->progress)
		printf("\r\033[K");
	t->progress = false;
}
