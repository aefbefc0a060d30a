// SPDX-License-Identifier: GPL-2.0-or-later
#include "opt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void opt_usage(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(OPT_EXIT_USAGE);
}

/* strtoull() takes signs and leading blanks; we do not. */
static bool number(const char *text, uint64_t *value, char **end)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, end, !strncmp(text, "0x", 2) ? 16 : 10);
	return !errno;
}

uint64_t opt_number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	uint64_t value;
	char *end;

	if (!number(text, &value, &end) || *end || value < min || value > max)
		opt_usage("%s: '%.40s' is not a whole number from %llu to %llu", option, text,
			  (unsigned long long)min, (unsigned long long)max);
	return value;
}

unsigned int opt_duration(const char *option, const char *text, unsigned int max)
{
	uint64_t value, unit = 1;
	char *end;
	bool ok = number(text, &value, &end);

	if (ok && *end) {
		unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : 0;
		ok = unit && !end[1];
	}
	if (!ok || !value || value > max / unit)
		opt_usage("%s: '%.40s' is not a duration from 1 to %u seconds (30, 30s, 5m, 8h)",
			  option, text, max);
	return value * unit;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Levenshtein distance over one row; * in A is as long as need be, ? is any one. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[256], diagonal, above, n = strlen(b);

	if (n >= sizeof(row) / sizeof(*row))
		return ~0u;
	for (unsigned int j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned int i = 0; a[i]; i++) {
		for (unsigned int j = 0; a[i] == '*' && j < n; j++)
			row[j + 1] = least(row[j + 1], row[j]);
		if (a[i] == '*')
			continue;
		diagonal = row[0]++;
		for (unsigned int j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(least(above, row[j]) + 1,
					   diagonal + (a[i] != b[j] && a[i] != '?'));
			diagonal = above;
		}
	}
	return row[n];
}

/* At most MAX of NAMES that are equally near, and nothing is nearer. Their number. */
static unsigned int nearest(const char *text, const char *const *names, const char **best,
			    unsigned int max)
{
	unsigned int min = strlen(text) / 3 + 2, n = 0, d;

	for (; *names; names++) {
		d = distance(text, *names);
		if (d < min) {
			min = d;
			n = 0;
		}
		if (d == min && d < strlen(text) / 3 + 2 && n < max)
			best[n++] = *names;
	}
	return n;
}

const char *opt_nearest(const char *text, const char *const *names)
{
	const char *best;

	return nearest(text, names, &best, 1) ? best : NULL;
}

char *opt_did_you_mean(const char *text, const char *const *names, char *said, size_t size)
{
	const char *best[3];
	unsigned int n = nearest(text, names, best, 3);
	size_t len = 0;

	*said = '\0';
	for (unsigned int i = 0; i < n && len < size; i++)
		len += snprintf(said + len, size - len, "%s'%s'%s",
				!i	    ? "; did you mean "
				: i + 1 < n ? ", "
					    : " or ",
				best[i], i + 1 == n ? "?" : "");
	return said;
}
