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
#include <stdint.h>

/* Newer than the headers of some distributions we build on (linux/userfaultfd.h). */
#define UFFD_WP_UNPOPULATED (1ull << 13) /* 6.4: anonymous pages that are not there are armed */

enum uffd_kind { UFFD_ANON, UFFD_SHMEM, UFFD_HUGETLB, UFFD_ASYNC };

/* Opens one, asks for the features of KIND and registers a page. False with the reason. */
bool uffd_possible(enum uffd_kind kind, char *why, size_t size);

/* May this user have one that is told of the kernel's own faults, too? */
bool uffd_of_kernel(void);

/* A userfaultfd with what KIND needs, or the case is broken. */
int uffd_open(enum uffd_kind kind);
int uffd_open_with(enum uffd_kind kind, uint64_t features);
int uffd_open_plain(uint64_t features);

/* All features of this kernel; 0 without userfaultfd. */
uint64_t uffd_features(void);

/* UFFDIO_REGISTER in write-protect mode; nothing is protected yet. */
void uffd_register(int fd, void *address, size_t len);
void uffd_unregister(int fd, void *address, size_t len);

/* UFFDIO_WRITEPROTECT. */
void uffd_protect(int fd, void *address, size_t len, bool on);

/* Does pagemap show the write-protect bit (5.14)? */
bool uffd_bit_visible(void);

/*
 * The pages of a range that are write-protected, after UFFDIO_WRITEPROTECT
 * succeeded on it. Before 5.14 pagemap does not show the bit: then all of them.
 */
size_t uffd_armed(void *address, size_t len);

#define UFFD_WATCHED 6 /* processes: the first, and its children by EVENT_FORK */

/*
 * A thread that answers every write-protect fault of [at, at + len) by lifting
 * the protection of that page, and counts the faults a page. It follows the
 * memory through EVENT_REMAP and into children by EVENT_FORK.
 */
struct uffd_watch {
	int stop[2];
	char *at;
	size_t len, page; /* bytes of a page: pagemap_page_size(), more for hugetlb */
	pthread_t thread;
	pthread_mutex_t lock; /* held while a fault is counted and lifted */
	atomic_uint count;    /* of processes; the thread adds to it */
	int fd[UFFD_WATCHED];
	atomic_uint *reported, *of[UFFD_WATCHED]; /* one a page; of[0] is reported */
};

void uffd_watch_start(struct uffd_watch *watch, int fd, void *at, size_t len, size_t page);
void uffd_watch_stop(struct uffd_watch *watch);

#endif
