// SPDX-License-Identifier: GPL-2.0-or-later
/* A storm by itself: all its roles can be played, and nothing runs beside it. */
#include "beside.h"
#include "case.h"

#include <stdarg.h>
#include <stdio.h>

pid_t beside_start(struct case_ctx *c, const char *stressors)
{
	return 0;
}

void beside_end(struct case_ctx *c, pid_t pid)
{
}

unsigned int need_missing(uint64_t needs, size_t bytes, char *text, size_t size)
{
	return 0; /* main() has asked */
}

void case_damage(struct case_ctx *c, const struct map *map, void *memory, size_t offset, size_t len,
		 unsigned int generation, enum stamp_writer writer)
{
}

void case_note(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void case_say(struct case_ctx *c, const char *fmt, ...)
{
}
