/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known: a lab's own list of bad cases it knows about, one a line:
 *
 *	# since the 6.12.57 update, bug 4711
 *	uring-fixed-*.lazyfree	reported, waiting for 6.12.60
 */
#ifndef LOSTWRITE_KNOWN_H
#define LOSTWRITE_KNOWN_H

struct known;

/* Reads PATH; a file that cannot be read, or a bad line, is a usage error. */
struct known *known_load(const char *path);

void known_free(struct known *k);

/* The reason given for the case ID, or NULL. K may be NULL. */
const char *known_reason(const struct known *k, const char *id);

#endif
