// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmsg.h"

#include "js.h"
#include "knob.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KMSG	    "/dev/kmsg"
#define RECORD_MAX  8192
#define FACILITY(p) ((p) >> 3)

void kmsg_open(struct kmsg *k)
{
	char probe[RECORD_MAX];

	*k = (struct kmsg){ .fd = open(KMSG, O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	/* kernel.dmesg_restrict refuses at open, some sandboxes only at read. */
	if (k->fd >= 0 && read(k->fd, probe, sizeof(probe)) < 0 && errno == EPERM) {
		close(k->fd);
		k->fd = -1;
		errno = EPERM;
	}
	if (k->fd >= 0)
		lseek(k->fd, 0, SEEK_END);
	else
		k->why = mem_text("%s: %s", KMSG, strerror(errno));
}

void kmsg_close(struct kmsg *k)
{
	if (k->fd >= 0)
		close(k->fd);
	free(k->why);
}

/* "4,1234,5678901,-;text\n KEY=value\n": priority, number, microseconds. */
static void parse(char *record, void (*fn)(void *arg, const char *text, const char *line),
		  void *arg)
{
	char *text = strchr(record, ';'), *line;
	unsigned int priority;
	unsigned long long usec;

	if (!text || sscanf(record, "%u,%*u,%llu", &priority, &usec) != 2)
		return;
	*text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	/* Daemons have other facilities; their WARNING: is not the kernel's. */
	if (FACILITY(priority) > 1)
		return;
	js_clean(text);
	line = mem_text("[%5llu.%06llu] %s", usec / 1000000, usec % 1000000, text);
	fn(arg, text, line);
	free(line);
}

void kmsg_read(struct kmsg *k, void (*fn)(void *arg, const char *text, const char *line), void *arg)
{
	char record[RECORD_MAX];
	ssize_t got;

	while (k->fd >= 0) {
		got = read(k->fd, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE) {
			/* The ring has wrapped; the next read goes on with the oldest record. */
			fn(arg, "kernel messages were lost", "[kernel messages were lost]");
			continue;
		}
		if (got <= 0)
			return;
		record[got] = '\0';
		parse(record, fn, arg);
	}
}

void kmsg_mark(const char *fmt, ...)
{
	char text[512] = "<6>lostwrite: ";
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len - 1, fmt, ap);
	va_end(ap);
	strcat(text, "\n");
	/* Opened anew each time: the kernel limits the rate of each opener. */
	knob_write(KMSG, "%s", text);
}
