// SPDX-License-Identifier: GPL-2.0-or-later
/* Who moves bytes by ordinary loads and stores, and through the kernel at once. */
#include "fail.h"
#include "pagemap.h"
#include "roles.h"

#include <sys/uio.h>
#include <unistd.h>

#define MOST_UNITS 8

static bool write_units(struct racer *a)
{
	struct arena_claim claim;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	if (storm_check(a, &claim))
		arena_write(&claim, arena_at(&claim), STAMP_CPU);
	a->written += arena_bytes(&claim);
	arena_release(&claim);
	return true;
}

const struct role role_writer = {
	.name = "writer",
	.summary = "checks units and stores the next generation",
	.kinds = ROLE_ANY,
	.step = write_units,
};

static bool check_units(struct racer *a)
{
	struct arena_claim claim;

	if (!storm_claim(a, &claim, 4 * MOST_UNITS))
		return false;
	storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_checker = {
	.name = "checker",
	.summary = "checks units and leaves them as they are",
	.kinds = ROLE_ANY,
	.step = check_units,
};

/* Read faults: what was paged out comes back, mapped read-only or clean. */
static bool read_pages(struct racer *a)
{
	struct storm_range range;

	if (!storm_range(a, &range, 16))
		return false;
	for (size_t i = 0; i < range.len; i += pagemap_page_size())
		*(volatile const char *)(range.at + i);
	a->disturbed += range.len / pagemap_page_size();
	return true;
}

const struct role role_reader = {
	.name = "reader",
	.summary = "read faults: pages come back clean",
	.kinds = ~(ROLE_KIND(MEMFD) | ROLE_KIND(FILE)), /* files may be cut off */
	.step = read_pages,
	.disturbs = true,
};

static void open_copy(struct racer *a)
{
	a->own = storm_memory(a, MOST_UNITS * ARENA_UNIT);
}

/* The other side of the copy is this process, too: the kernel pins its own pages. */
static bool process_vm(struct racer *a)
{
	struct arena_claim claim;
	struct iovec here = { .iov_base = a->own }, there;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	here.iov_len = arena_bytes(&claim);
	there = (struct iovec){ arena_at(&claim), arena_bytes(&claim) };
	if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)here.iov_len &&
	    rng_below(&a->rng, 2)) /* the next owner checks anyhow */
		storm_check_copy(a, &claim, a->own, "process_vm_readv");
	arena_write(&claim, a->own, STAMP_KERNEL);
	if (process_vm_writev(getpid(), &here, 1, &there, 1, 0) != (ssize_t)here.iov_len)
		fail("process_vm_writev of %zu bytes", here.iov_len);
	a->written += here.iov_len;
	arena_release(&claim);
	return true;
}

const struct role role_process_vm = {
	.name = "process-vm",
	.summary = "process_vm_readv and process_vm_writev of units",
	.kinds = ROLE_ANY,
	.open = open_copy,
	.step = process_vm,
};

/* What write(2) puts into the file must be in the mapping, and the other way round. */
static bool file_write(struct racer *a)
{
	struct arena_claim claim;
	size_t len;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	len = arena_bytes(&claim);
	if (pread(claim.arena->map.fd, a->own, len, arena_offset(&claim)) == (ssize_t)len &&
	    rng_below(&a->rng, 2)) /* the next owner checks anyhow */
		storm_check_copy(a, &claim, a->own, "read(2) of the file");
	arena_write(&claim, a->own, STAMP_KERNEL);
	if (pwrite(claim.arena->map.fd, a->own, len, arena_offset(&claim)) != (ssize_t)len)
		fail("writing %zu bytes to the file behind the arena", len);
	a->written += len;
	arena_release(&claim);
	return true;
}

const struct role role_file_writer = {
	.name = "file-writer",
	.summary = "read(2) and write(2) of the file behind shared memory",
	.kinds = ROLE_KIND(MEMFD) | ROLE_KIND(FILE),
	.open = open_copy,
	.step = file_write,
};
