// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"

#include "mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define TEXT_MAX 160

#define ADDRESS_MIN 8 /* digits: no word is made of so many of them */

/* "0x12", "23s", and addresses, which may begin with a letter. */
static bool is_number(const char *c)
{
	size_t digits = strspn(c, "0123456789abcdef");

	return isdigit((unsigned char)*c) ||
	       (digits >= ADDRESS_MIN && !isalnum((unsigned char)c[digits]));
}

/* Addresses, offsets, process ids and times differ from crash to crash. */
char *plain_text(const char *text)
{
	char *out = mem_zero(strlen(text) + 1, 1), *end = out;

	for (const char *c = text; *c && end < out + TEXT_MAX; c++) {
		bool within = c > text && (isalnum((unsigned char)c[-1]) || c[-1] == '_');

		if (within || !is_number(c)) {
			*end++ = *c;
			continue;
		}
		*end++ = '#';
		while (isxdigit((unsigned char)c[1]) || c[1] == 'x')
			c++;
	}
	return out;
}
