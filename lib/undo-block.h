/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo-block: taking devices and mounts away again. Used by undo.c only. Each
 * gives 0 or -errno, and 0 where there is nothing (any more) that is ours.
 */
#ifndef LOSTWRITE_UNDO_BLOCK_H
#define LOSTWRITE_UNDO_BLOCK_H

int undo_umount(const char *dir, const char *value);

/* DEVICE, if it is over FILE: another owner of that number is left alone. */
int undo_loop(const char *device, const char *file);

/* /dev/zramN, if its size is BYTES or was not set. */
int undo_zram(const char *device, const char *bytes);

/* The device-mapper device of that name. */
int undo_dm(const char *name, const char *value);

int undo_module(const char *name, const char *value);

#endif
