// SPDX-License-Identifier: GPL-2.0-or-later
#include "refuse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool refuse(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout); /* what was said before comes first */
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
	return false;
}
