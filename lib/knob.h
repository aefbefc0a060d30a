/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knob: files of /proc, /sys and cgroups that take one line or show a number. What must be restored: res_write(). */
#ifndef LOSTWRITE_KNOB_H
#define LOSTWRITE_KNOB_H

#include <stdbool.h>

/* Writes a line of at most 511 bytes in one write(2). False with errno. */
__attribute__((format(printf, 2, 3))) bool knob_write(const char *path, const char *fmt, ...);

/* The same, or fail(). */
__attribute__((format(printf, 2, 3))) void knob_set(const char *path, const char *fmt, ...);

/* The number in the line of /proc/meminfo that begins with FIELD, or 0. */
long knob_meminfo(const char *field);

#endif
