/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * absent: stand-ins for a module whose library was not there at build time. Its
 * _possible() function says so, the case skips and names the package; whoever
 * calls the rest all the same is broken.
 */
#ifndef LOSTWRITE_ABSENT_H
#define LOSTWRITE_ABSENT_H

#include "fail.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

/* The pair PREFIX_possible() and PREFIX_remedy() without LIBRARY. */
#define ABSENT_NEED(prefix, library, remedy)                      \
	bool prefix##_possible(char *why, size_t size)            \
	{                                                         \
		snprintf(why, size, "built without %s", library); \
		return false;                                     \
	}                                                         \
	const char *prefix##_remedy(void)                         \
	{                                                         \
		return remedy;                                    \
	}

/* One function that needs it: ABSENT(ssize_t pin_aio_wait(struct pin_aio *aio)) */
#define ABSENT(...)                                                            \
	__VA_ARGS__                                                            \
	{                                                                      \
		errno = 0;                                                     \
		fail("%s: the library was not there at build time", __func__); \
	}

#endif
