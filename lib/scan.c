// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan.h"
#include "story.h"

#include <errno.h>

#define REGIONS 512

static void tell(const struct scan_region *regions, long n, uintptr_t at, size_t unit,
		 unsigned int *reports)
{
	for (long i = 0; i < n; i++)
		for (uint64_t a = regions[i].start; a < regions[i].end; a += unit)
			reports[(a - at) / unit] = 1;
}

bool scan_written(int pagemap, uint64_t flags, const void *at, size_t len, size_t unit,
		  unsigned int *reports)
{
	struct scan_region regions[REGIONS];
	uint64_t from = (uintptr_t)at, end = from + len;
	long n;

	while (from < end) {
		struct scan_arg arg = {
			.size = sizeof(arg),
			.flags = flags,
			.start = from,
			.end = end,
			.vec = (uintptr_t)regions,
			.vec_len = REGIONS,
			.mask = SCAN_WRITTEN,
			.return_mask = SCAN_WRITTEN,
		};

		n = say(ioctl(pagemap, SCAN_IOCTL, &arg));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		tell(regions, n, (uintptr_t)at, unit, reports);
		if (arg.walk_end <= from)
			return false;
		from = arg.walk_end;
	}
	return true;
}
