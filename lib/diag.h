/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diag: the bad page itself, expected and found side by side, in a file of the
 * directory $LOSTWRITE_OUT (the runner's <run>/<program>). Without it, nothing.
 */
#ifndef LOSTWRITE_DIAG_H
#define LOSTWRITE_DIAG_H

#include "stamp.h"

/* Writes TEXT to <id>-<name> there. */
void diag_text(const char *id, const char *name, const char *text);

/* The whole bad page's bytes; read at once, so that a second look cannot differ. */
void diag_page(const void *page);

/* Writes <id>-page-<n>.txt for the page of the last diag_page(), of PAGES in the buffer. */
void diag_dump(const struct stamp *stamp, const struct stamp_bad *bad, size_t pages, const char *id,
	       unsigned int round);

#endif
