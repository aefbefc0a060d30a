// SPDX-License-Identifier: GPL-2.0-or-later
#include "story.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES 8

static bool told, coloured;

static struct {
	const char *name;
	uintptr_t at;
	size_t len;
} names[NAMES];
static unsigned int named;

void story_begin(void)
{
	const char *no_color = getenv("NO_COLOR");

	told = true;
	coloured = isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

bool story_told(void)
{
	return told;
}

void story_name(const char *name, const void *at, size_t len)
{
	unsigned int i = 0;

	while (i < named && strcmp(names[i].name, name))
		i++;
	if (i == NAMES)
		return;
	names[i].name = name;
	names[i].at = (uintptr_t)at;
	names[i].len = len;
	named += i == named;
}

/* One piece a write(), so that processes do not cut each other's lines. */
__attribute__((format(printf, 3, 0))) static void line(const char *before, const char *after,
						       const char *fmt, va_list ap)
{
	char text[400];

	if (!told)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (coloured)
		printf("# %s%s%s\033[0m\n", before, after, text);
	else
		printf("# %s%s\n", after, text);
	fflush(stdout);
}

void story(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("\033[2m", "     ", fmt, ap);
	va_end(ap);
}

void story_heading(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("\033[1m", "", fmt, ap);
	va_end(ap);
}

static const char *name_of(uintptr_t at, char *text, size_t size)
{
	for (unsigned int i = 0; i < named; i++) {
		if (at - names[i].at >= names[i].len)
			continue;
		if (at == names[i].at)
			return names[i].name;
		snprintf(text, size, "%s+%#zx", names[i].name, (size_t)(at - names[i].at));
		return text;
	}
	return NULL;
}

const char *story_place(const void *at)
{
	static char text[4][40];
	static unsigned int turn;
	char *mine = text[turn++ % 4];
	const char *name = name_of((uintptr_t)at, mine, sizeof(text[0]));

	if (name)
		return name;
	snprintf(mine, sizeof(text[0]), "%#zx", (size_t)at);
	return mine;
}

/* A constant, a string, an address of something: the source says it best. */
static bool speaks(const char *text, size_t len)
{
	size_t i = 0;

	if (*text == '"' || *text == '&')
		return true;
	while (i < len &&
	       (memchr("_ |()0123456789", text[i], 15) || (text[i] >= 'A' && text[i] <= 'Z')))
		i++;
	return i == len;
}

static void argument(FILE *out, const char *text, size_t len, intptr_t value)
{
	char place[40];
	const char *name = name_of(value, place, sizeof(place));

	if (name)
		fputs(name, out);
	else if (speaks(text, len))
		fprintf(out, "%.*s", (int)len, text);
	else if (value > -4096 && value < (intptr_t)1 << 40)
		fprintf(out, "%jd", (intmax_t)value);
	else
		fprintf(out, "%#jx", (uintmax_t)value);
}

/* Up to the comma that is in no brackets and no string. */
static size_t one_argument(const char *text)
{
	size_t len = 0;
	int depth = 0;
	bool quoted = false;

	for (; text[len] && (text[len] != ',' || depth || quoted); len++) {
		quoted ^= text[len] == '"';
		depth += (text[len] == '(' || text[len] == '{') -
			 (text[len] == ')' || text[len] == '}');
	}
	return len;
}

static void result_of(FILE *out, intptr_t result, int error)
{
	if (result < 0 && result > -4096)
		fprintf(out, " = %jd (%s)", (intmax_t)result,
			strerror(result == -1 ? error : (int)-result));
	else
		argument(out, "result", 6, result);
}

void story_call(const char *call, const char *text, unsigned int n, const intptr_t *values,
		intptr_t result)
{
	char said[300] = "";
	int error = errno;
	FILE *out = fmemopen(said, sizeof(said), "w");

	if (!out)
		return;
	fprintf(out, "%s(", call);
	for (unsigned int i = 0; i < n; i++) {
		size_t len = one_argument(text);

		argument(out, text, len, values[i]);
		fputs(i + 1 < n ? ", " : ")", out);
		text += len + strspn(text + len, ", ");
	}
	if (result >= 0 || result <= -4096)
		fputs(" = ", out);
	result_of(out, result, error);
	fclose(out);
	story("%s", said);
	errno = error;
}
