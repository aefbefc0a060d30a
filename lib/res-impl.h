/* SPDX-License-Identifier: GPL-2.0-or-later */
/* res-impl: what the parts of res share: res.c and res-*.c. */
#ifndef LOSTWRITE_RES_IMPL_H
#define LOSTWRITE_RES_IMPL_H

#include "res.h"

#define LOCK_SECONDS 5 /* less than a test may be silent */

/* Announces a change in the undo log. VALUE may be NULL. */
bool res_step(const char *kind, const char *path, const char *value);

/* Writes a swap header of BYTES to an open file or device; false with errno. */
bool res_swap_header(int fd, size_t bytes);

/* A swap file of BYTES at PATH, not yet active. */
bool res_make_swap_file(const char *path, size_t bytes);

/* Switches it on, BELOW the highest priority, by its announced name. */
bool res_swap_on(const char *path, unsigned int below, bool discard);
/* They are off again, by undo. */
void res_swap_forget(void);

/* --- res-block.c: devices and mounts, each announced before it is made --- */

/* A file of BYTES in the scratch directory, called by NAME; its path in PATH. */
bool res_image(const char *name, size_t bytes, char *path, size_t size);

/* A loop device over PATH, its name in DEVICE. DIRECT: with direct I/O, where the file can. */
bool res_loop(const char *path, bool direct, char *device, size_t size);

/* Writes VALUE to FILE of a block device's directory in sysfs; it is not undone. */
bool res_block_set(const char *device, const char *file, const char *value);

/* A zram of BYTES with the compressor ALGORITHM (NULL: the default), BACKING behind it or NULL. */
bool res_zram(const char *algorithm, const char *backing, size_t bytes, char *device, size_t size);

/* modprobe MODULE, to be unloaded. */
bool res_module(const char *module);

/* A dm-delay of MS milliseconds over DEVICE of BYTES; its name replaces DEVICE's. */
bool res_delay(char *device, size_t size, size_t bytes, unsigned int ms);

/* Another name of DEVICE, by which all I/O fails when it is told to: res_failing_fails(). */
bool res_linear(char *device, size_t size, size_t bytes);

/* mkfs.TYPE on DEVICE; PACKAGE is where it comes from. */
bool res_make_fs(const char *device, const char *type, const char *package);

/* Mounts DEVICE on a directory of ours, given in DIR. */
bool res_mount(const char *device, const char *type, char *dir, size_t size);

#endif
