/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-cache: what kernels said in earlier bisections, for as long as nothing that counts is
 * another: the kernel, its configuration, the cases' programs, their options, the signature.
 */
#ifndef LOSTWRITE_BISECT_CACHE_H
#define LOSTWRITE_BISECT_CACHE_H

#include "bisect-plan.h"

#include <stdbool.h>
#include <stdint.h>

struct bisect_cache {
	char *path;    /* NULL: none is used */
	uint64_t what; /* of all kernels: cases and options */
};

/* CACHE is the suite's; NULL: no cache. */
void bisect_cache_open(struct bisect_cache *c, const char *cache);
void bisect_cache_close(struct bisect_cache *c);

/* Makes TEXT, or what is in the file PATH, a part of what must be the same. */
void bisect_cache_add(struct bisect_cache *c, const char *text);
void bisect_cache_add_file(struct bisect_cache *c, const char *path);

/* The runs of the kernel ID that were kept last. */
bool bisect_cache_find(const struct bisect_cache *c, const char *id, const char *signature,
		       struct bisect_tally *t);
void bisect_cache_keep(const struct bisect_cache *c, const char *id, const char *signature,
		       const struct bisect_tally *t);

#endif
