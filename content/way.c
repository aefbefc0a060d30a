// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways in which swapped pages come back, or go. */
#include "fail.h"
#include "pagemap.h"
#include "pin.h"
#include "plan.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1; not in older headers */
#endif

static unsigned int all(const struct body *b)
{
	return b->map.len / STAMP_PAGE;
}

static void in_read(struct body *b, unsigned int writer)
{
	body_read(b, 0, all(b));
}

/* Writes go to pages that are not there: the fault, or the pin, is one for write. */
static void in_write(struct body *b, unsigned int writer)
{
	body_write_some(b, writer);
}

/*
 * Parent and child share swap entries, then swap-cache pages, then nothing: who
 * writes gets a copy, and a slot lives until the last of the two has left it.
 */
static void in_fork(struct body *b, unsigned int writer)
{
	body_fork(b);
	body_read(b, 0, all(b) / 2);
	if (!body_check(b))
		return;
	body_write_some(b, writer);
	if (!body_order(b, BODY_CHECK))
		return;
	plan_out(b, true, true);
	if (!body_order(b, BODY_WRITE) || !body_check(b))
		return;
	body_order(b, BODY_PAGEOUT);
	plan_out(b, false, true);
	if (!body_check(b))
		return;
	plan_out(b, true, true);
	body_order(b, BODY_EXIT); /* its entries go, ours stay */
}

static void in_mlock(struct body *b, unsigned int writer)
{
	if (mlock(b->map.at, b->map.len))
		fail("mlock of %zu bytes", b->map.len);
	body_write_some(b, writer);
	if (munlock(b->map.at, b->map.len))
		fail("munlock");
}

static void in_peek(struct body *b, unsigned int writer)
{
	char *bytes = malloc(b->map.len);
	struct iovec to = { bytes, b->map.len }, from = { b->map.at, b->map.len };

	if (!bytes || process_vm_readv(getpid(), &to, 1, &from, 1, 0) != (ssize_t)b->map.len)
		fail("process_vm_readv of %zu bytes", b->map.len);
	body_check_copy(b, bytes, 0, all(b), "process_vm_readv");
	free(bytes);
}

/* Pinning faults the pages in; what the device takes from them is judged. */
static void in_pin(struct body *b, unsigned int writer)
{
	char why[100], *bytes = malloc(b->map.len);
	struct pin_ring *ring;

	if (!bytes || !pin_uring_possible(why, sizeof(why))) {
		free(bytes);
		return;
	}
	ring = pin_ring_open();
	if (!pin_try_register(ring, b->map.at, b->map.len)) {
		if (pin_write_fixed(ring, b->device, b->map.at, b->map.len, 0) !=
			    (ssize_t)b->map.len ||
		    pread(b->device, bytes, b->map.len, 0) != (ssize_t)b->map.len)
			fail("WRITE_FIXED was short");
		body_check_copy(b, bytes, 0, all(b), "the device");
		pin_unregister(ring);
	}
	pin_ring_close(ring);
	free(bytes);
}

/* Pages are read into the swap cache before anybody faults on them. */
static void in_willneed(struct body *b, unsigned int writer)
{
	if (madvise(b->map.at, b->map.len, MADV_WILLNEED) && errno != EBADF && errno != EINVAL)
		fail("MADV_WILLNEED");
	body_write_some(b, writer);
	body_read(b, 0, all(b));
}

static void in_swapoff(struct body *b, unsigned int writer)
{
	if (!res_swap_cycle())
		fail("%s", res_why());
}

/* A large folio comes back in part, is written in part, and goes again in part. */
static void in_part(struct body *b, unsigned int writer)
{
	unsigned int third = all(b) / 3;

	body_read(b, third, third);
	body_write(b, writer, third / 2, third);
	if (!body_check(b))
		return;
	plan_out(b, false, true);
	body_write(b, writer, 2 * third, 1);
	body_read(b, 0, third);
	plan_out(b, true, false);
	body_write_some(b, writer);
}

/* Swap entries move with their page tables. */
static void in_mremap(struct body *b, unsigned int writer)
{
	body_remap(b, true);
}

/* Swapped pages are given up: their slots are free, and what follows must not be. */
static void in_drop(struct body *b, unsigned int writer)
{
	unsigned int first = rng_below(&b->c->rng, all(b) / 2), count = all(b) / 3;
	int advice = b->shared ? MADV_REMOVE : MADV_DONTNEED;

	if (madvise(b->map.at + (size_t)first * STAMP_PAGE, (size_t)count * STAMP_PAGE, advice))
		fail(b->shared ? "MADV_REMOVE" : "MADV_DONTNEED");
	body_zero(b, first, count);
	body_write(b, writer, first + count / 2, count / 4 + 1);
}

/* Collapsing reads swapped pages in, one by one, into a new huge page. */
static void in_collapse(struct body *b, unsigned int writer)
{
	if (madvise(b->map.at, b->map.len, MADV_HUGEPAGE) && errno != EINVAL)
		fail("MADV_HUGEPAGE");
	madvise(b->map.at, b->map.len, MADV_COLLAPSE); /* it may refuse; content stays */
}

#define K(kind)	   PLAN_KIND(kind)
#define HUGE_KINDS (K(MAP_KIND_THP) | K(MAP_KIND_PTE_THP) | K(BODY_SHMEM_THP) | K(BODY_THP_ZERO))
#define DROPS	   (~(K(MAP_KIND_FILE_PRIVATE) | K(MAP_KIND_KSM)))
#define ALONE	   (~(K(MAP_KIND_KSM)))

static void in_any(struct body *b, unsigned int writer);

const struct way ways[] = {
	{ "any", "each time another way", 0, 0, false, in_any },
	{ "read", "read faults", 0, 0, false, in_read },
	{ "write", "write faults, or write pins", 0, 0, false, in_write },
	{ "early-read", "read faults while pages are being written", 0, 0, true, in_read },
	{ "early-write", "rewritten while pages are being written", 0, 0, true, in_write },
	{ "fork", "fork, then both read and write", 0, 0, false, in_fork },
	{ "mlock", "mlock", 0, 0, false, in_mlock },
	{ "peek", "process_vm_readv", 0, 0, false, in_peek },
	{ "pin", "registered with io_uring, read by the device", NEED_IO_URING, 0, false, in_pin },
	{ "willneed", "MADV_WILLNEED", 0, 0, false, in_willneed },
	{ "swapoff", "swapoff", NEED_ROOT, 0, false, in_swapoff },
	{ "part", "in part, and out again in part", 0, 0, false, in_part },
	{ "mremap", "swap entries are moved", 0, 0, false, in_mremap },
	{ "drop", "a part is dropped while it is swapped", 0, DROPS, false, in_drop },
	{ "collapse", "MADV_COLLAPSE of swapped pages", 0, HUGE_KINDS, false, in_collapse },
	{ 0 },
};

static void in_any(struct body *b, unsigned int writer)
{
	unsigned int n = sizeof(ways) / sizeof(*ways) - 1;
	const struct way *way;

	do
		way = &ways[1 + rng_below(&b->c->rng, n - 1)];
	while ((way->kinds && !(way->kinds >> b->kind & 1)) || way->early ||
	       (way->needs & NEED_ROOT && geteuid()));
	b->doing = way->name;
	way->in(b, writer);
}
