// SPDX-License-Identifier: GPL-2.0-or-later
#include "console.h"

#include "fault.h"
#include "js.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void console_init(struct console *c)
{
	*c = (struct console){ .log = { .fd = -1 } };
}

static void forget_faults(struct console *c)
{
	free(c->lockup);
	free(c->fault);
	c->lockup = c->fault = NULL;
}

void console_mark(struct console *c)
{
	if (!c->panic) /* what it sent before that may be read after it */
		forget_faults(c);
}

void console_free(struct console *c)
{
	for (size_t i = 0; i < CONSOLE_TAIL; i++)
		free(c->tail[i]);
	forget_faults(c);
	free(c->panic);
	free(c->init);
	capped_close(&c->log);
}

/* "[   12.345678] " is for the log, not for a reason. */
static const char *without_time(const char *line)
{
	const char *end = *line == '[' ? strchr(line, ']') : NULL;

	return end ? end + 1 + strspn(end + 1, " ") : line;
}

static void keep_first(char **where, const char *line)
{
	if (!*where)
		*where = mem_text("%.300s", line);
}

static void take(void *arg, char *line)
{
	struct console *c = arg;
	size_t len = strlen(line);
	const char *text;

	if (len && line[len - 1] == '\r')
		line[len - 1] = '\0';
	js_clean(line);
	free(c->tail[c->n % CONSOLE_TAIL]);
	c->tail[c->n++ % CONSOLE_TAIL] = mem_copy(line);
	capped_write(&c->log, line, strlen(line));
	capped_write(&c->log, "\n", 1);
	text = without_time(line);
	if (!strncmp(text, "lostwrite: ", 11))
		keep_first(&c->init, text + 11);
	else if (strstr(text, "Kernel panic - "))
		keep_first(&c->panic, text);
	else if (fault_lockup(text))
		keep_first(&c->lockup, text);
	else if (fault_line(text))
		keep_first(&c->fault, text);
}

void console_feed(struct console *c, const char *data, size_t len)
{
	lines_feed(&c->lines, data, len, take, c);
}

static size_t first_kept(const struct console *c)
{
	return c->n > CONSOLE_TAIL ? c->n - CONSOLE_TAIL : 0;
}

static void write_tail(const struct console *c, struct capped *to)
{
	for (size_t i = first_kept(c); i < c->n; i++) {
		const char *line = c->tail[i % CONSOLE_TAIL];

		capped_write(to, line, strlen(line));
		capped_write(to, "\n", 1);
	}
}

void console_log(struct console *c, const char *path)
{
	if (c->log.fd < 0 && capped_open(&c->log, path))
		write_tail(c, &c->log);
}

void console_save_tail(const struct console *c, const char *path)
{
	struct capped to;

	if (!capped_open(&to, path))
		return;
	write_tail(c, &to);
	capped_close(&to);
}

const char *console_last(const struct console *c)
{
	for (size_t i = c->n; i > first_kept(c); i--) {
		const char *line = without_time(c->tail[(i - 1) % CONSOLE_TAIL]);

		if (strspn(line, " -=[]") < strlen(line))
			return line;
	}
	return NULL;
}
