/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slow: a real block device that moves nothing until it is told to. A loop
 * device over an unlinked file in the scratch directory, throttled for the
 * cgroup of this process: cgroup2's io.max, or blkio.throttle of version 1. The
 * block layer keeps the request, with its references or pins on the caller's
 * pages, before the driver sees it; lifting the limit lets it go at once.
 *
 * The device goes with its last descriptor (LO_FLAGS_AUTOCLEAR), the cgroup is
 * in the undo log. A limit is never for ever: what is held when the program is
 * killed is through in some seconds.
 */
#ifndef LOSTWRITE_SLOW_H
#define LOSTWRITE_SLOW_H

#include <stdbool.h>
#include <stddef.h>

struct slow;

/* Makes one in a child and looks whether it is slow. */
bool slow_possible(char *why, size_t size);
const char *slow_remedy(void);

/* A device of LEN bytes (whole sectors), open O_DIRECT, not throttled yet. */
struct slow *slow_open(size_t len);
void slow_close(struct slow *slow);
int slow_fd(const struct slow *slow);
int slow_file(const struct slow *slow); /* the file behind it, which nothing slows down */

/* From here a request of LEN bytes by this process is held... */
void slow_down(struct slow *slow, size_t len);
/* ...to here. */
void slow_let_go(struct slow *slow);

#endif
