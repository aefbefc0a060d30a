// SPDX-License-Identifier: GPL-2.0-or-later
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void to_stderr(const char *message)
{
	fprintf(stderr, "%s\n", message);
	_Exit(99);
}

void (*fail_handler)(const char *message) = to_stderr;

void fail_at(const char *file, int line, const char *fmt, ...)
{
	char message[512];
	int n, error = errno;
	va_list ap;

	/* Out-of-tree builds name files from the build directory. */
	while (!strncmp(file, "../", 3))
		file += 3;
	n = snprintf(message, sizeof(message), "%s:%d: ", file, line);
	va_start(ap, fmt);
	n += vsnprintf(message + n, sizeof(message) - n, fmt, ap);
	va_end(ap);
	if (error && n < (int)sizeof(message))
		snprintf(message + n, sizeof(message) - n, ": %s", strerror(error));
	fail_handler(message);
	abort();
}
