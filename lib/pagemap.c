// SPDX-License-Identifier: GPL-2.0-or-later
#include "pagemap.h"
#include "deadline.h"
#include "fail.h"
#include "scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Opened anew for each question: a descriptor of /proc/self belongs to the
 * process that opened it, and cases fork.
 */
static int open_self(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("/proc/self/pagemap");
	return fd;
}

size_t pagemap_page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static struct pagemap decode(uint64_t entry)
{
	struct pagemap page = {
		.present = entry >> 63 & 1,
		.swapped = entry >> 62 & 1,
		.file_or_shared = entry >> 61 & 1,
		.uffd_wp = entry >> 57 & 1,
		.exclusive = entry >> 56 & 1,
		.soft_dirty = entry >> 55 & 1,
	};

	if (page.present)
		page.pfn = entry & ((1ull << 55) - 1);
	return page;
}

static bool holds(const struct pagemap *page, enum pagemap_bit bit)
{
	switch (bit) {
	case PAGEMAP_PRESENT:
		return page->present;
	case PAGEMAP_SWAPPED:
		return page->swapped;
	case PAGEMAP_ABSENT:
		return !page->present;
	case PAGEMAP_SOFT_DIRTY:
		return page->soft_dirty;
	case PAGEMAP_UFFD_WP:
		return page->uffd_wp;
	case PAGEMAP_EXCLUSIVE:
		return page->exclusive;
	}
	return false;
}

/* Calls EACH for every page of the range, in pieces that fit on the stack. */
static void walk(const void *address, size_t len, void (*each)(const struct pagemap *, void *),
		 void *data)
{
	uint64_t entries[512];
	size_t size = pagemap_page_size(), first = (uintptr_t)address / size,
	       left = ((uintptr_t)address + len + size - 1) / size - first, n;
	struct pagemap page;
	int fd = open_self();

	for (; left; left -= n, first += n) {
		n = left < 512 ? left : 512;
		if (pread(fd, entries, n * 8, first * 8) != (ssize_t)n * 8)
			fail("/proc/self/pagemap of %p", address);
		for (size_t i = 0; i < n; i++) {
			page = decode(entries[i]);
			each(&page, data);
		}
	}
	close(fd);
}

static void copy_one(const struct pagemap *page, void *data)
{
	*(struct pagemap *)data = *page;
}

struct pagemap pagemap_of(const void *address)
{
	struct pagemap page = { 0 };

	walk(address, 1, copy_one, &page);
	return page;
}

static void copy_frame(const struct pagemap *page, void *data)
{
	uint64_t **pfn = data;

	*(*pfn)++ = page->pfn;
}

void pagemap_frames(const void *address, size_t len, uint64_t *pfns)
{
	walk(address, len, copy_frame, &pfns);
}

struct count {
	enum pagemap_bit bit;
	size_t pages;
};

static void count_bit(const struct pagemap *page, void *data)
{
	struct count *count = data;

	count->pages += holds(page, count->bit);
}

size_t pagemap_count(const void *address, size_t len, enum pagemap_bit bit)
{
	struct count count = { .bit = bit };

	walk(address, len, count_bit, &count);
	return count.pages;
}

struct moved {
	const uint64_t *before;
	size_t pages;
};

static void count_moved(const struct pagemap *page, void *data)
{
	struct moved *moved = data;
	uint64_t before = *moved->before++;

	moved->pages += page->pfn && before && page->pfn != before;
}

size_t pagemap_moved(const void *address, size_t len, const uint64_t *pfns)
{
	struct moved moved = { .before = pfns };

	walk(address, len, count_moved, &moved);
	return moved.pages;
}

struct list {
	enum pagemap_bit bit;
	unsigned int *next;
};

static void list_bit(const struct pagemap *page, void *data)
{
	struct list *list = data;

	*list->next++ = holds(page, list->bit);
}

void pagemap_bits(const void *address, size_t len, enum pagemap_bit bit, unsigned int *bits)
{
	struct list list = { .bit = bit, .next = bits };

	walk(address, len, list_bit, &list);
}

/* The flags of N frames from PFN, zeros where nobody may know. */
static void read_flags(uint64_t pfn, uint64_t *flags, size_t n)
{
	static int fd = -1; /* unlike pagemap it is the same file for every process */

	if (fd < 0)
		fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, flags, n * 8, pfn * 8) != (ssize_t)n * 8)
		memset(flags, 0, n * 8);
}

uint64_t pagemap_flags(uint64_t pfn)
{
	uint64_t flags = 0;

	if (pfn)
		read_flags(pfn, &flags, 1);
	return flags;
}

/* A run of frames, one after the other: a large folio is asked for at once. */
struct run {
	int flag;
	uint64_t first;
	size_t n;     /* frames of the run */
	size_t pages; /* with the flag, of all runs before */
};

static void count_run(struct run *run)
{
	uint64_t flags[64];

	read_flags(run->first, flags, run->n);
	for (size_t i = 0; i < run->n; i++)
		run->pages += flags[i] >> run->flag & 1;
	run->n = 0;
}

static void count_flag(const struct pagemap *page, void *data)
{
	struct run *run = data;

	if (run->n && (run->n == 64 || page->pfn != run->first + run->n))
		count_run(run);
	if (!page->pfn)
		return;
	if (!run->n)
		run->first = page->pfn;
	run->n++;
}

size_t pagemap_count_flag(const void *address, size_t len, int bit)
{
	struct run run = { .flag = bit };

	walk(address, len, count_flag, &run);
	if (run.n)
		count_run(&run);
	return run.pages;
}

bool pagemap_pfns_visible(void)
{
	volatile char here = 1; /* the stack is there */

	return here && pagemap_of((const void *)&here).pfn;
}

bool pagemap_flags_visible(void)
{
	return !access("/proc/kpageflags", R_OK);
}

void pagemap_wait_written(const uint64_t *pfns, size_t n, unsigned int ms)
{
	struct deadline d = deadline_in(ms);

	for (size_t i = 0; i < n; i++)
		while (pagemap_flags(pfns[i]) >> PAGEMAP_KPF_WRITEBACK & 1 && deadline_wait(&d))
			;
}

bool pagemap_scan_possible(void)
{
	struct scan_arg scan = { .size = sizeof(scan) };
	int fd = open_self();
	bool ok;

	/* An empty range: only a kernel that knows the ioctl answers 0. */
	ok = ioctl(fd, SCAN_IOCTL, &scan) == 0;
	close(fd);
	return ok;
}

char *pagemap_text(const void *address, uint64_t pinned, char *text, size_t size)
{
	struct pagemap page = pagemap_of(address);
	const char *where = page.present ? "present" : page.swapped ? "swapped" : "not present";
	const char *frame = "";

	if (page.present && !page.pfn)
		frame = ", pfn hidden";
	else if (page.present && pinned)
		frame = page.pfn == pinned ? ", pfn same as at the pin"
					   : ", pfn changed since the pin";
	snprintf(text, size, "%s%s%s%s%s", where, frame, page.file_or_shared ? ", shared" : "",
		 page.uffd_wp ? ", uffd-wp" : "", page.soft_dirty ? ", soft-dirty" : "");
	return text;
}

long pagemap_smaps_kb(const void *address, const char *field)
{
	unsigned long from, to, at = (unsigned long)address;
	char line[512];
	bool inside = false;
	long kb = -1;
	FILE *smaps = fopen("/proc/self/smaps", "re");

	if (!smaps)
		fail("/proc/self/smaps");
	while (kb < 0 && fgets(line, sizeof(line), smaps)) {
		/* A mapping begins with its address; its fields with a capital. */
		if (*line < 'A' || *line > 'Z')
			inside = sscanf(line, "%lx-%lx ", &from, &to) == 2 && from <= at && at < to;
		else if (inside && !strncmp(line, field, strlen(field)))
			sscanf(line + strlen(field), "%ld", &kb);
	}
	fclose(smaps);
	return kb;
}

bool pagemap_writable(const void *address)
{
	unsigned long from, to, at = (unsigned long)address;
	char line[512], access[5] = "";
	FILE *maps = fopen("/proc/self/maps", "re");

	if (!maps)
		fail("/proc/self/maps");
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3 && from <= at && at < to)
			break;
	fclose(maps);
	return access[1] == 'w';
}
