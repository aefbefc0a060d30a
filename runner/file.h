/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file: small files, read and written whole. */
#ifndef LOSTWRITE_FILE_H
#define LOSTWRITE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The content of PATH (at most 1 MiB of it) as a new string, NULL with errno. */
char *file_text(const char *path);

/* The first line of PATH without its newline, or NULL. */
char *file_line(const char *path);

/*
 * Replaces PATH by LEN bytes of DATA, all or nothing: a temporary file beside
 * it, synced, then renamed. False with errno.
 */
bool file_replace(const char *path, const char *data, size_t len);

/* What is to replace a file, all or nothing, and is written piece by piece. */
struct file_new {
	FILE *out;
	char *path, *temporary;
};

/* False with errno. */
bool file_begin(struct file_new *f, const char *path);

/* Syncs and renames it; false with errno when something of it could not be written. */
bool file_commit(struct file_new *f);

/* Writes all of DATA. False with errno. */
bool file_write_all(int fd, const char *data, size_t len);

#endif
