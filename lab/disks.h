/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disks: a guest's disks, in the order in which lab/init finds them. */
#ifndef LOSTWRITE_DISKS_H
#define LOSTWRITE_DISKS_H

#include <stdbool.h>

enum { DISK_SWAP, DISK_SCRATCH, DISK_RAW, DISK_SLOW, DISKS };

struct disks {
	int fd[DISKS];
};

extern const char *const disks_names[DISKS];

/* Makes them, sparse, without names, in DIR. False after one line on stderr. */
bool disks_open(struct disks *d, const char *dir);

void disks_close(struct disks *d);

/* Leaves them in DIR as swap.img, scratch.img ... False with errno. */
bool disks_keep(const struct disks *d, const char *dir);

#endif
