/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db: what all runs found, in one SQLite file. Its journals stay the truth: the file can be
 * made again from them. Several processes may use it at once.
 */
#ifndef LOSTWRITE_DB_H
#define LOSTWRITE_DB_H

#include "record.h"

#include <stdbool.h>

struct db;

/* What all runs on one kernel say of one case. */
struct db_rate {
	const char *id, *kernel, *accel; /* accel: "tcg", "kvm", "" for no guest */
	long long case_number, kernel_number;
	long long runs, bad;   /* that came to a verdict; of these corrupt or crashed */
	const char *first_bad; /* UTC, NULL when it never was */
	const char *known;     /* "open", "hazard", "known": of the last bad one, else "" */
};

/* A night of it. */
struct db_night {
	char started[32]; /* UTC */
	enum verdict worst;
	long long runs, bad;
};

struct db_size {
	long long runs, kernels;
	const char *first, *last; /* UTC; they stay until the next call */
};

/* Opens PATH, and makes it if MAKE. NULL, with one line in *WHY, when it is none of ours. */
struct db *db_open(const char *path, bool make, char **why);
void db_close(struct db *db);

/*
 * Adds the finished run R, all or nothing: 1; 0 when it is there already. What is there of
 * the same run, before it went on, is replaced. -1 with one line in *WHY.
 */
int db_add(struct db *db, const struct record *r, char **why);

struct db_size db_size(struct db *db);

/*
 * Calls FN for each case and kernel, by name, that fits the globs CASE and KERNEL (GLOB as
 * in SQLite: case matters; NULL for all); of all, or ONLY_BAD those that were bad once.
 * False with one line in *WHY.
 */
bool db_rates(struct db *db, const char *id, const char *kernel, bool only_bad,
	      void (*fn)(void *arg, const struct db_rate *rate), void *arg, char **why);

/* The last MAX nights of RATE's case on its kernel, the latest first. How many. */
size_t db_nights(struct db *db, const struct db_rate *rate, struct db_night *nights, size_t max);

#endif
