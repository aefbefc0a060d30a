// SPDX-License-Identifier: GPL-2.0-or-later
#include "uffd.h"
#include "fail.h"
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static int open_with(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), error;

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

	return ioctl(fd, UFFDIO_REGISTER, &range);
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

int uffd_open(enum uffd_kind kind)
{
	int fd = open_with(features_of(kind));

	if (fd < 0)
		fail("userfaultfd");
	return fd;
}

void uffd_register(int fd, void *address, size_t len)
{
	if (register_wp(fd, address, len))
		fail("UFFDIO_REGISTER of %zu bytes for write-protect", len);
}

/* Asked of a page that surely is armed. */
static bool bit_visible(void)
{
	size_t page = pagemap_page_size();
	char *mem = mmap(NULL, page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct uffdio_writeprotect wp = { .range = { .start = (uintptr_t)mem, .len = page },
					  .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	int fd = uffd_open(UFFD_ANON);
	bool visible;

	uffd_register(fd, mem, page);
	visible = !ioctl(fd, UFFDIO_WRITEPROTECT, &wp) && pagemap_of(mem).uffd_wp;
	close(fd);
	munmap(mem, page);
	return visible;
}

size_t uffd_armed(void *address, size_t len)
{
	size_t armed = pagemap_count(address, len, PAGEMAP_UFFD_WP);

	return armed || bit_visible() ? armed : len / pagemap_page_size();
}

static void lift(const struct uffd_watch *watch, uint64_t address)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = address & ~(uint64_t)(watch->page - 1), .len = watch->page },
	};

	while (ioctl(watch->fd, UFFDIO_WRITEPROTECT, &wp))
		if (errno != EAGAIN && errno != EINTR)
			fail("UFFDIO_WRITEPROTECT of a reported page");
}

static void handle(struct uffd_watch *watch)
{
	struct uffd_msg msg;
	size_t page;

	if (read(watch->fd, &msg, sizeof(msg)) != sizeof(msg))
		return; /* EAGAIN: somebody else's wakeup */
	if (msg.event != UFFD_EVENT_PAGEFAULT ||
	    !(msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP))
		return;
	page = (msg.arg.pagefault.address - (uintptr_t)watch->at) / watch->page;
	if (page < watch->len / watch->page)
		atomic_fetch_add(&watch->reported[page], 1);
	lift(watch, msg.arg.pagefault.address);
}

static void *watcher(void *data)
{
	struct uffd_watch *watch = data;
	struct pollfd fds[2] = { { .fd = watch->fd, .events = POLLIN },
				 { .fd = watch->stop[0], .events = POLLIN } };

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[0].revents & POLLIN)
			handle(watch);
		else if (fds[1].revents)
			break;
	}
	return NULL;
}

void uffd_watch_start(struct uffd_watch *watch, int fd, void *at, size_t len)
{
	*watch = (struct uffd_watch){ .fd = fd, .at = at, .len = len, .page = pagemap_page_size() };
	watch->reported = calloc(len / watch->page, sizeof(*watch->reported));
	if (!watch->reported || pipe2(watch->stop, O_CLOEXEC))
		fail("setting up the userfaultfd watcher");
	errno = pthread_create(&watch->thread, NULL, watcher, watch);
	if (errno)
		fail("starting the userfaultfd watcher");
}

void uffd_watch_stop(struct uffd_watch *watch)
{
	close(watch->stop[1]);
	pthread_join(watch->thread, NULL);
	close(watch->stop[0]);
	free(watch->reported);
	watch->reported = NULL;
}

size_t uffd_watch_pages(const struct uffd_watch *watch)
{
	size_t pages = 0;

	for (size_t i = 0; i < watch->len / watch->page; i++)
		pages += atomic_load(&watch->reported[i]) > 0;
	return pages;
}
