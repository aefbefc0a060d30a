// SPDX-License-Identifier: GPL-2.0-or-later
#include "uffd.h"
#include "fail.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some distributions we build on (linux/userfaultfd.h). */
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif
#define FEATURE_WP_ASYNC (1 << 15)
#define USER_MODE_ONLY	 1 /* UFFD_USER_MODE_ONLY, 5.11 */

/* What vm.unprivileged_userfaultfd=0 leaves to a user: the kernel's own faults get SIGBUS or EFAULT. */
static int open_any(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	return fd < 0 && errno == EPERM
		       ? syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY)
		       : fd;
}

bool uffd_of_kernel(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int open_with(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = open_any(), error;

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static uint64_t features_of(enum uffd_kind kind)
{
	switch (kind) {
	case UFFD_ANON:
		return UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	case UFFD_SHMEM:
	case UFFD_HUGETLB:
		return UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	case UFFD_ASYNC:
		return UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
		       FEATURE_WP_ASYNC;
	}
	return 0;
}

static int register_wp(int fd, void *address, size_t len)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)address, .len = len },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	return say(ioctl(fd, UFFDIO_REGISTER, &range));
}

bool uffd_possible(enum uffd_kind kind, char *why, size_t size)
{
	size_t page = pagemap_page_size();
	int share = kind == UFFD_SHMEM ? MAP_SHARED : MAP_PRIVATE,
	    fd = open_with(features_of(kind));
	void *mem;
	bool ok;

	if (fd < 0) {
		snprintf(why, size, "userfaultfd%s: %s",
			 kind == UFFD_ANON ? " with write-protect" : " without the feature",
			 strerror(errno));
		return false;
	}
	/* hugetlb has no page to probe with before its pool is filled: the feature says it. */
	mem = mmap(NULL, page, PROT_READ | PROT_WRITE, share | MAP_ANONYMOUS, -1, 0);
	ok = mem != MAP_FAILED && !register_wp(fd, mem, page);
	if (!ok)
		snprintf(why, size, "registering for write-protect: %s", strerror(errno));
	if (mem != MAP_FAILED)
		munmap(mem, page);
	close(fd);
	return ok;
}

uint64_t uffd_features(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = open_any();

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		api.features = 0;
	if (fd >= 0)
		close(fd);
	return api.features;
}

int uffd_open_plain(uint64_t features)
{
	int fd = open_with(features);

	if (fd < 0)
		fail("userfaultfd");
	return fd;
}

int uffd_open_with(enum uffd_kind kind, uint64_t more)
{
	return uffd_open_plain(features_of(kind) | more);
}

int uffd_open(enum uffd_kind kind)
{
	return uffd_open_with(kind, 0);
}

void uffd_register(int fd, void *address, size_t len)
{
	if (register_wp(fd, address, len))
		fail("UFFDIO_REGISTER of %zu bytes for write-protect", len);
}

void uffd_unregister(int fd, void *address, size_t len)
{
	struct uffdio_range range = { .start = (uintptr_t)address, .len = len };

	if (say(ioctl(fd, UFFDIO_UNREGISTER, &range)))
		fail("UFFDIO_UNREGISTER of %zu bytes", len);
}

void uffd_protect(int fd, void *address, size_t len, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)address, .len = len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	/* EAGAIN: a fork or mremap of the range is waiting for its event to be read. */
	while (ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
		if (errno != EAGAIN && errno != EINTR)
			fail("UFFDIO_WRITEPROTECT %s", on ? "on" : "off");
}

/* Asked of a page that surely is armed. */
bool uffd_bit_visible(void)
{
	size_t page = pagemap_page_size();
	char *mem = mmap(NULL, page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int fd = uffd_open(UFFD_ANON);
	bool visible;

	uffd_register(fd, mem, page);
	uffd_protect(fd, mem, page, true);
	visible = pagemap_of(mem).uffd_wp;
	close(fd);
	munmap(mem, page);
	return visible;
}

size_t uffd_armed(void *address, size_t len)
{
	size_t armed = pagemap_count(address, len, PAGEMAP_UFFD_WP);

	return armed || uffd_bit_visible() ? armed : len / pagemap_page_size();
}
