/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-diff: what is different between a good and a bad configuration, or between two lists
 * of kernel parameters, and all that lies between: position N has the first N differences.
 */
#ifndef LOSTWRITE_BISECT_DIFF_H
#define LOSTWRITE_BISECT_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct bisect_diff {
	struct bisect_diff_row {
		char *key, *good, *bad; /* a line or word; NULL: that side has none */
	} * rows;
	size_t n;
	bool whole; /* a .config as the kernel writes it, no fragment */
};

/* Two files. False with errno, and *PATH is the one that cannot be read. */
bool bisect_diff_configs(struct bisect_diff *d, const char *good, const char *bad,
			 const char **path);

void bisect_diff_words(struct bisect_diff *d, const char *good, const char *bad);

/* How many differences there are. */
size_t bisect_diff_count(const struct bisect_diff *d);

/* The name of position N: of its last difference; a new string. */
char *bisect_diff_name(const struct bisect_diff *d, size_t n);

/* Position N as text, with SEPARATOR between lines or words; a new string. */
char *bisect_diff_text(const struct bisect_diff *d, size_t n, char separator);

void bisect_diff_free(struct bisect_diff *d);

#endif
