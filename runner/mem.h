/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem: allocation that cannot fail. Without memory for its own few kilobytes
 * the runner ends at once; the journal holds what was done so far.
 */
#ifndef LOSTWRITE_MEM_H
#define LOSTWRITE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* P, which the system gave; NULL ends the program. */
void *mem_checked(void *p);

/* N elements of SIZE bytes, all zero. */
void *mem_zero(size_t n, size_t size);

/* Resizes ARRAY to N elements of SIZE bytes. */
void *mem_grow(void *array, size_t n, size_t size);

/* A copy of TEXT; NULL stays NULL. */
char *mem_copy(const char *text);

/* What printf() would print, as a new string. */
__attribute__((format(printf, 1, 2))) char *mem_text(const char *fmt, ...);
__attribute__((format(printf, 1, 0))) char *mem_vtext(const char *fmt, va_list ap);

#endif
