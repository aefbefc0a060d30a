/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anon: files without a name, for what a guest needs on the host. Whatever ends
 * us, they are gone; QEMU opens them as /dev/fd/N.
 */
#ifndef LOSTWRITE_ANON_H
#define LOSTWRITE_ANON_H

#include <stdbool.h>
#include <sys/types.h>

/* A new file of SIZE bytes in the directory DIR, closed on exec. -1 with errno. */
int anon_file(const char *dir, off_t size);

/* Adds the content of the file PATH. False with errno. */
bool anon_append(int fd, const char *path);

/* Gives it a name, in place or as a copy. False with errno. */
bool anon_keep(int fd, const char *path);

#endif
