/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file: a shared file mapping and the disk behind it. What was stored through
 * any mapping must be on the disk after a flush, and come back from there.
 */
#ifndef LOSTWRITE_CONTENT_FILE_H
#define LOSTWRITE_CONTENT_FILE_H

#include "body.h"

/* Sends what was written to the disk. */
struct flush {
	const char *name, *summary;
	void (*flush)(struct body *b);
};

/* What happens to the mapping between a store and the flush. */
struct upset {
	const char *name, *summary;
	void (*upset)(struct body *b);
};

extern const struct flush flushes[];
extern const struct upset upsets[];

/* Counters: 0 pages seen on the disk, 1 pages checked. */
enum verdict file_play(struct case_ctx *c, const struct upset *upset, const struct flush *flush,
		       unsigned int writer);

#endif
