/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: the PAGEMAP_SCAN ioctl of /proc/PID/pagemap (6.7), which headers of some
 * distributions we build on do not have (linux/fs.h;
 * Documentation/admin-guide/mm/pagemap.rst).
 */
#ifndef LOSTWRITE_SCAN_H
#define LOSTWRITE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

enum {
	SCAN_WPALLOWED = 1 << 0,
	SCAN_WRITTEN = 1 << 1,
	SCAN_FILE = 1 << 2,
	SCAN_PRESENT = 1 << 3,
	SCAN_SWAPPED = 1 << 4,
	SCAN_PFNZERO = 1 << 5,
	SCAN_HUGE = 1 << 6,
	SCAN_SOFT_DIRTY = 1 << 7
};

/* Flags. */
enum {
	SCAN_PROTECT = 1, /* PM_SCAN_WP_MATCHING: write-protect what matched, atomically */
	SCAN_CHECK = 2	  /* PM_SCAN_CHECK_WPASYNC: EPERM for memory that is not tracked */
};

struct scan_region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof_mask, return_mask;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)

/*
 * All of a range: the pages that match MASK are told in REPORTS (one a UNIT of
 * bytes) and, with SCAN_PROTECT, write-protected. PAGEMAP is a descriptor of
 * /proc/self/pagemap. False with errno.
 */
bool scan_written(int pagemap, uint64_t flags, const void *at, size_t len, size_t unit,
		  unsigned int *reports);

#endif
