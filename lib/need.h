/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * need: what a case requires of the machine, as data. Each need is probed at
 * run time by using the thing, never guessed from a version, and says what is
 * missing and how to get it.
 */
#ifndef LOSTWRITE_NEED_H
#define LOSTWRITE_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEED_ROOT	(1ull << 0) /* CAP_SYS_ADMIN */
#define NEED_SWAP	(1ull << 1) /* disk or file swap; case switches a swap file on */
#define NEED_FUSE	(1ull << 2) /* lib/hold */
#define NEED_IO_URING	(1ull << 3) /* with registered buffers */
#define NEED_AIO	(1ull << 4) /* libaio */
#define NEED_PAGEOUT	(1ull << 5) /* MADV_PAGEOUT, 5.4 */
#define NEED_THP	(1ull << 6) /* PMD-sized, by madvise */
#define NEED_MTHP	(1ull << 7) /* smaller sizes, 6.8 */
#define NEED_HUGETLB	(1ull << 8) /* pages of the default size; the pool is grown for the run */
#define NEED_KSM	(1ull << 9)
#define NEED_TWO_NODES	(1ull << 10) /* with memory in both */
#define NEED_UFFD_WP	(1ull << 11) /* userfaultfd write-protect of anonymous memory, 5.7 */
#define NEED_UFFD_SHMEM (1ull << 12) /* of shmem, 5.19 */
#define NEED_UFFD_HUGE	(1ull << 13) /* of hugetlb, 5.19 */
#define NEED_UFFD_ASYNC (1ull << 14) /* WP_ASYNC, 6.7 */
#define NEED_SCAN	(1ull << 15) /* PAGEMAP_SCAN, 6.7 */
#define NEED_SOFT_DIRTY (1ull << 16)
#define NEED_PFN	(1ull << 17) /* frame numbers in pagemap, page flags */
#define NEED_CGROUP2	(1ull << 18) /* with the memory controller, writable */
#define NEED_O_DIRECT	(1ull << 19) /* on the scratch directory */
/* lib/need-disturb.c */
#define NEED_MEMCG	    (1ull << 20) /* a memory cgroup of our own that can be told to reclaim */
#define NEED_DAMON	    (1ull << 21) /* its sysfs, with nobody's monitor in it */
#define NEED_POPULATE	    (1ull << 22) /* MADV_POPULATE_WRITE, 5.14 */
#define NEED_DONTUNMAP	    (1ull << 23) /* MREMAP_DONTUNMAP, 5.7 */
#define NEED_SPLIT_FOLIO    (1ull << 24) /* debugfs split_huge_pages by address, 5.13 */
#define NEED_COMPACTION	    (1ull << 25) /* vm.compact_memory */
#define NEED_NUMA_BALANCING (1ull << 26)
#define NEED_SOFT_OFFLINE   (1ull << 27) /* MADV_SOFT_OFFLINE */
#define NEED_DISPOSABLE	    (1ull << 28) /* a machine that may lose what nobody can give back */
#define NEED_TWO_CPUS	    (1ull << 29)
#define NEED_REMOTE_ADVICE  (1ull << 30) /* process_madvise, 5.10 */
#define NEED_ZEROCOPY	    (1ull << 31) /* MSG_ZEROCOPY over loopback */
#define NEED_SEND_ZC	    (1ull << 32) /* io_uring's, 6.0 */
#define NEED_GUP_TEST	    (1ull << 33) /* CONFIG_GUP_TEST's long-term pins, 6.2 */
#define NEED_SLOW_DISK	    (1ull << 34) /* lib/slow: a throttled loop device */
#define NEED_AF_ALG	    (1ull << 35) /* lib/crypt */
#define NEED_KTLS	    (1ull << 36) /* lib/crypt */
#define NEED_UFFD_FILL	    (1ull << 37) /* lib/uffd-fill: UFFDIO_COPY, ZEROPAGE */
#define NEED_UFFD_MINOR	    (1ull << 38) /* UFFDIO_CONTINUE of shmem, 5.14 */
#define NEED_UFFD_MOVE	    (1ull << 39) /* UFFDIO_MOVE, 6.8 */
#define NEED_MEMORY_OFFLINE (1ull << 40) /* a memory block that is offline */
#define NEED_UFFD_KERNEL    (1ull << 41) /* faults of the kernel in armed memory are told */
#define NEED_GUARD	    (1ull << 42) /* MADV_GUARD_INSTALL, 6.13 */
#define NEED_ZERO_PAGE	    (1ull << 43) /* a load of nothing maps the zero page */
#define NEED_COUNT	    44

struct need {
	const char *name;
	bool ok;
	char reason[256]; /* what is missing; empty when ok */
	char remedy[256]; /* how to get it */
};

/* Probes one need (one bit). */
void need_probe(uint64_t bit, struct need *out);

/* Is a disk or file swap of the user's own active? */
bool need_disk_swap(void);

/* The names of the bits, for the metadata. */
const char *need_name(uint64_t bit);

/* Is there room for BYTES beside what the machine does? Gives reason and remedy like a need. */
void need_memory(size_t bytes, struct need *out);

/*
 * Probes all of NEEDS and BYTES of memory. All missing ones are told at once,
 * in TEXT: "swap: none active, ...; run as root | fuse: ...". The number missing.
 */
unsigned int need_missing(uint64_t needs, size_t bytes, char *text, size_t size);

#endif
