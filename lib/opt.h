/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opt: strict reading of what a user types. A bad value gets one line on
 * stderr, "PROGRAM: MESSAGE", and exit code 64 (EX_USAGE).
 */
#ifndef LOSTWRITE_OPT_H
#define LOSTWRITE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPT_EXIT_USAGE 64

/* Ends the program with one line and exit code 64. */
__attribute__((noreturn, format(printf, 1, 2))) void opt_usage(const char *fmt, ...);

/*
 * A whole decimal number in [min, max], nothing before or after it; 0x for
 * hexadecimal. Anything else ends the program: "--rounds: '-1' is not a whole
 * number from 1 to 1000000".
 */
uint64_t opt_number(const char *option, const char *text, uint64_t min, uint64_t max);

/* A duration: 30, 30s, 5m, 8h; in seconds, from 1 to max. */
unsigned int opt_duration(const char *option, const char *text, unsigned int max);

/*
 * The nearest of NAMES (ended by NULL) to TEXT, or NULL when nothing is near:
 * for "unknown verb 'rnu'; did you mean 'run'?".
 */
const char *opt_nearest(const char *text, const char *const *names);

/*
 * "; did you mean 'a', 'b' or 'c'?" in SAID: the nearest names, at most three
 * that are equally near, or nothing. TEXT may be a glob.
 */
char *opt_did_you_mean(const char *text, const char *const *names, char *said, size_t size);

#endif
