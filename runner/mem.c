// SPDX-License-Identifier: GPL-2.0-or-later
#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *mem_checked(void *p)
{
	if (!p) {
		fprintf(stderr, "lostwrite: out of memory\n");
		exit(2);
	}
	return p;
}

void *mem_zero(size_t n, size_t size)
{
	return mem_checked(calloc(n ? n : 1, size));
}

void *mem_grow(void *array, size_t n, size_t size)
{
	return mem_checked(reallocarray(array, n ? n : 1, size));
}

char *mem_copy(const char *text)
{
	return text ? mem_checked(strdup(text)) : NULL;
}

char *mem_vtext(const char *fmt, va_list ap)
{
	char *text;

	return mem_checked(vasprintf(&text, fmt, ap) < 0 ? NULL : text);
}

char *mem_text(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = mem_vtext(fmt, ap);
	va_end(ap);
	return text;
}
