/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagemap: what the kernel says of a page, by /proc/self/pagemap and
 * /proc/kpageflags (Documentation/admin-guide/mm/pagemap.rst).
 *
 * Without CAP_SYS_ADMIN page frame numbers read as 0, and without root the page
 * flags are not there: pagemap_pfns_visible() and pagemap_flags_visible() tell,
 * and pagemap_text() says "pfn hidden". All other bits are for everybody.
 */
#ifndef LOSTWRITE_PAGEMAP_H
#define LOSTWRITE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry of /proc/PID/pagemap. */
struct pagemap {
	bool present, swapped, file_or_shared, exclusive, soft_dirty, uffd_wp;
	uint64_t pfn; /* 0 when not present, or hidden */
};

/* Which bit to count. */
enum pagemap_bit {
	PAGEMAP_PRESENT,
	PAGEMAP_SWAPPED,
	PAGEMAP_ABSENT, /* not present: swapped, or never there */
	PAGEMAP_SOFT_DIRTY,
	PAGEMAP_UFFD_WP,
	PAGEMAP_EXCLUSIVE,
};

/* Bits of /proc/kpageflags that cases ask for (include/uapi/linux/kernel-page-flags.h). */
enum {
	PAGEMAP_KPF_DIRTY = 4,
	PAGEMAP_KPF_LRU = 5,
	PAGEMAP_KPF_WRITEBACK = 8,
	PAGEMAP_KPF_MMAP = 11,
	PAGEMAP_KPF_ANON = 12,
	PAGEMAP_KPF_SWAPCACHE = 13,
	PAGEMAP_KPF_SWAPBACKED = 14,
	PAGEMAP_KPF_COMPOUND_HEAD = 15,
	PAGEMAP_KPF_COMPOUND_TAIL = 16,
	PAGEMAP_KPF_HUGE = 17,
	PAGEMAP_KPF_KSM = 21,
	PAGEMAP_KPF_THP = 22,
	PAGEMAP_KPF_ZERO_PAGE = 24
};

struct pagemap pagemap_of(const void *address);

/* The frames of all pages of [ADDRESS, ADDRESS + LEN), as pagemap_of() gives them one by one. */
void pagemap_frames(const void *address, size_t len, uint64_t *pfns);

/* The pages of [ADDRESS, ADDRESS + LEN) for which BIT holds. */
size_t pagemap_count(const void *address, size_t len, enum pagemap_bit bit);

/* The pages that are present in another frame now than pagemap_frames() gave. */
size_t pagemap_moved(const void *address, size_t len, const uint64_t *pfns);

/* The same page by page: 1 in BITS where it holds. */
void pagemap_bits(const void *address, size_t len, enum pagemap_bit bit, unsigned int *bits);

/* Page flags of a frame; 0 when they cannot be read. */
uint64_t pagemap_flags(uint64_t pfn);

/* The present pages of a range whose frames have flag BIT (PAGEMAP_KPF_*). */
size_t pagemap_count_flag(const void *address, size_t len, int bit);

bool pagemap_pfns_visible(void);
bool pagemap_flags_visible(void);

/*
 * Waits at most MS milliseconds until none of the N frames is under writeback:
 * a page on its way to disk is still in the swap cache, and a fault finds it
 * there. Frames that are 0 (hidden) are passed over.
 */
void pagemap_wait_written(const uint64_t *pfns, size_t n, unsigned int ms);

/*
 * "present, pfn changed since pin": what a diagnosis says of a page. PINNED is
 * its frame at the time of the pin, 0 if that was not seen.
 */
char *pagemap_text(const void *address, uint64_t pinned, char *text, size_t size);

/* One line of a /proc/self/smaps entry in kB ("AnonHugePages:"), -1 if it is not there. */
long pagemap_smaps_kb(const void *address, const char *field);

/* May the program store there, says /proc/self/maps? (Not whether the PTE lets it.) */
bool pagemap_writable(const void *address);

/* Does this kernel have the PAGEMAP_SCAN ioctl (6.7)? */
bool pagemap_scan_possible(void);

/* Bytes of a page of this kernel. */
size_t pagemap_page_size(void);

#endif
