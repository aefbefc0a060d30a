// SPDX-License-Identifier: GPL-2.0-or-later
/* pagemap, page by page. */
#include "pagemap.h"

#include <fcntl.h>
#include <unistd.h>

/* One entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst). */
static uint64_t entry_of(const char *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC); /* of who asks: we fork */
	uint64_t entry;

	if (fd < 0 || pread(fd, &entry, 8, (uintptr_t)address / pagemap_page_size() * 8) != 8)
		fail("/proc/self/pagemap");
	close(fd);
	return entry;
}

static bool has(uint64_t entry, enum pagemap_bit bit)
{
	static const int at[] = {
		[PAGEMAP_PRESENT] = 63, [PAGEMAP_ABSENT] = 63,	  [PAGEMAP_SWAPPED] = 62,
		[PAGEMAP_UFFD_WP] = 57, [PAGEMAP_EXCLUSIVE] = 56, [PAGEMAP_SOFT_DIRTY] = 55,
	};

	return (entry >> at[bit] & 1) != (bit == PAGEMAP_ABSENT);
}

size_t pagemap_count(const void *address, size_t len, enum pagemap_bit bit)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += pagemap_page_size())
		n += has(entry_of((const char *)address + i), bit);
	return n;
}

static uint64_t frame_of(uint64_t entry)
{
	return entry >> 63 ? entry & ((1ull << 55) - 1) : 0;
}

void pagemap_frames(const void *address, size_t len, uint64_t *pfns)
{
	for (size_t i = 0; i < len; i += pagemap_page_size())
		*pfns++ = frame_of(entry_of((const char *)address + i));
}

/* Of /proc/kpageflags: 0 for no frame, or who is not root. */
uint64_t pagemap_flags(uint64_t pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t flags;

	if (!pfn || pread(fd, &flags, sizeof(flags), pfn * 8) != sizeof(flags))
		flags = 0;
	close(fd);
	return flags;
}

/* Present pages whose frames have flag BIT of /proc/kpageflags. */
size_t pagemap_count_flag(const void *address, size_t len, int bit)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += pagemap_page_size())
		n += pagemap_flags(frame_of(entry_of((const char *)address + i))) >> bit & 1;
	return n;
}

struct pagemap pagemap_of(const void *address)
{
	uint64_t entry = entry_of(address);

	return (struct pagemap){
		.present = has(entry, PAGEMAP_PRESENT),
		.swapped = has(entry, PAGEMAP_SWAPPED),
		.file_or_shared = entry >> 61 & 1,
		.exclusive = has(entry, PAGEMAP_EXCLUSIVE),
		.soft_dirty = has(entry, PAGEMAP_SOFT_DIRTY),
		.uffd_wp = has(entry, PAGEMAP_UFFD_WP),
		.pfn = frame_of(entry),
	};
}

void pagemap_bits(const void *address, size_t len, enum pagemap_bit bit, unsigned int *bits)
{
	for (size_t i = 0; i < len; i += pagemap_page_size())
		*bits++ = has(entry_of((const char *)address + i), bit);
}
