/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uffd: userfaultfd in write-protect mode (userfaultfd(2), ioctl_userfaultfd(2)),
 * with a thread that counts what is reported.
 */
#ifndef LOSTWRITE_UFFD_H
#define LOSTWRITE_UFFD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum uffd_kind { UFFD_ANON, UFFD_SHMEM, UFFD_HUGETLB, UFFD_ASYNC };

/* Opens one, asks for the features of KIND and registers a page. False with the reason. */
bool uffd_possible(enum uffd_kind kind, char *why, size_t size);

/* A userfaultfd with what KIND needs, or the case is broken. */
int uffd_open(enum uffd_kind kind);

/* UFFDIO_REGISTER in write-protect mode; nothing is protected yet. */
void uffd_register(int fd, void *address, size_t len);

/*
 * The pages of a range that are write-protected, after UFFDIO_WRITEPROTECT
 * succeeded on it. Before 5.14 pagemap does not show the bit: then all of them.
 */
size_t uffd_armed(void *address, size_t len);

/*
 * A thread that answers every write-protect fault of [at, at + len) by lifting
 * the protection of that page, and counts the faults a page.
 */
struct uffd_watch {
	int fd, stop[2];
	char *at;
	size_t len, page;
	pthread_t thread;
	atomic_uint *reported; /* one a page */
};

void uffd_watch_start(struct uffd_watch *watch, int fd, void *at, size_t len);
void uffd_watch_stop(struct uffd_watch *watch);

/* Pages of the range with at least one report. */
size_t uffd_watch_pages(const struct uffd_watch *watch);

#endif
