/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console: what a guest says on its serial port: where a dying kernel's last words are. */
#ifndef LOSTWRITE_CONSOLE_H
#define LOSTWRITE_CONSOLE_H

#include "capped.h"
#include "lines.h"

#include <stddef.h>

#define CONSOLE_TAIL 80 /* lines */

struct console {
	struct lines lines;
	char *tail[CONSOLE_TAIL];
	size_t n;	   /* lines so far */
	struct capped log; /* all of it, once the run has a directory */
	char *init;	   /* what lab/init complains about, or NULL */
	char *panic;	   /* the line that said so, or NULL */
	char *lockup;	   /* a soft lockup, RCU stall or the like, since the last mark */
	char *fault;	   /* the first other fault since the last mark */
};

void console_init(struct console *c);
void console_free(struct console *c);

void console_feed(struct console *c, const char *data, size_t len);

/* What came so far was another case's. */
void console_mark(struct console *c);

/* Opens the log PATH; what came before goes into it. */
void console_log(struct console *c, const char *path);

/* Writes the last lines into the new file PATH. */
void console_save_tail(const struct console *c, const char *path);

/* The last line that says something, or NULL. */
const char *console_last(const struct console *c);

#endif
