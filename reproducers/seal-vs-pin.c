// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seal-vs-pin: a memfd with F_SEAL_WRITE must not change, not even by I/O in flight
 *
 * Story    F_SEAL_WRITE promises who gets a memfd that its content stays as he
 *          has checked it. A read that is in flight, or a registered buffer, can
 *          write to its pages without any mapping, so the kernel looks at each
 *          page for references that it cannot explain, waits for them a while,
 *          and refuses the seal.
 * Seen as  A sealed file that changes after it was checked.
 * Fixed    fcntl(2), F_SEAL_WRITE: EBUSY. v3.17, 05f65b5c7090, has done so from
 *          the beginning; v5.17, f2b277c4d1c6, had to mend how the references of
 *          huge pages are counted.
 * Steps    1 the pages of a memfd are pinned  2 unmapped  3 F_SEAL_WRITE  4 the
 *          I/O ends  5 if the seal was given, nothing has changed.
 * Notes    No kernel at hand gives it: seen to fail under --inject only.
 */
#include "case.h"
#include "fail.h"
#include "hold.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE  (2u << 20)
#define PAGES 16
#define SHMEM "/sys/kernel/mm/transparent_hugepage/shmem_enabled"

enum { HELD, REFUSED, SEALED_AFTER, CHECKED };
enum { URING = 1, HUGETLB = 2, THP = 4 };

static const struct case_cell cells[] = {
	{ "odirect", "an O_DIRECT read in flight", .needs = NEED_FUSE },
	{ "uring", "a registered buffer", .needs = NEED_IO_URING, .arg = URING },
	{ "thp-odirect", "an O_DIRECT read in flight; a huge page of shmem",
	  .needs = NEED_FUSE | NEED_THP | NEED_ROOT, .arg = THP },
	{ "thp-uring", "a registered buffer; a huge page of shmem",
	  .needs = NEED_IO_URING | NEED_THP | NEED_ROOT, .arg = THP | URING },
	{ "hugetlb-odirect", "an O_DIRECT read in flight; hugetlb",
	  .needs = NEED_FUSE | NEED_HUGETLB, .arg = HUGETLB },
	{ "hugetlb-uring", "a registered buffer; hugetlb", .needs = NEED_IO_URING | NEED_HUGETLB,
	  .arg = HUGETLB | URING },
	{ 0 },
};

static const struct case_info info = {
	.name = "seal-vs-pin",
	.summary = "F_SEAL_WRITE of a memfd while I/O into its pages is in flight",
	.tags = "pin odirect io_uring fuse shmem thp hugetlb seal security",
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:05f65b5c7090 linux-git:f2b277c4d1c6",
	.lever = "FUSE hold; io_uring registered buffer",
	.counters = { { "held", true },
		      { "refused" },
		      { "sealed_after", true },
		      { "checked", true } },
	.cells = cells,
};

static struct pin_ring *ring;
static struct hold *hold;
static size_t file_len; /* a power of two */
static char *area;	/* twice as long */

/* One huge page of the default size is there to be had: its size, or 0. */
static size_t reserve_huge(struct case_ctx *c)
{
	struct map one;
	size_t len;

	if (!case_map(c, &one, MAP_KIND_HUGETLB, 1, 2))
		return 0;
	len = one.len;
	map_free(&one);
	return len;
}

static int make_file(struct case_ctx *c)
{
	int fd = memfd_create("lostwrite", MFD_CLOEXEC | MFD_ALLOW_SEALING |
						   (c->cell->arg & HUGETLB ? MFD_HUGETLB : 0));

	if (fd < 0 || ftruncate(fd, file_len))
		fail("a memfd of %zu bytes", file_len);
	return fd;
}

/* All of the file, where a huge page of that length fits; NULL when shmem gave none. */
static char *map_file(struct case_ctx *c, int fd)
{
	const size_t len = file_len;
	char *at;

	area = mmap(NULL, 2 * len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	at = (char *)(((uintptr_t)area + len - 1) & ~(uintptr_t)(len - 1));
	if (area == MAP_FAILED ||
	    mmap(at, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != at)
		fail("mapping the file");
	if (!(c->cell->arg & THP))
		return at;
	madvise(at, len, MADV_HUGEPAGE);
	*at = 1;
	return pagemap_smaps_kb(at, "ShmemPmdMapped:") == HUGE >> 10 ? at : NULL;
}

/* From here the first PAGES pages are held. */
static void pin(struct case_ctx *c, struct map *copy, char *at)
{
	if (c->cell->arg & URING) {
		ring = pin_ring_open();
		pin_register(ring, at, copy->len);
		return;
	}
	hold = hold_open();
	stamp_fill(&copy->stamp, hold_device(hold), 0, copy->len, 2, STAMP_DEVICE);
	hold_read(hold, at, copy->len);
}

/* The device writes, and the pages are let go. */
static void finish(struct case_ctx *c, struct map *copy, char *at)
{
	ssize_t done;
	int device;

	if (c->cell->arg & URING) {
		device = case_device(c, copy, 2);
		done = pin_read_fixed(ring, device, at, copy->len, 0);
		pin_unregister(ring);
		pin_ring_close(ring);
		close(device);
	} else {
		done = hold_release(hold);
		hold_close(hold);
	}
	if (done != (ssize_t)copy->len)
		fail("the read was short");
}

static bool seal(int fd)
{
	bool sealed = !fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);

	if (!sealed && errno != EBUSY)
		fail("F_SEAL_WRITE");
	return sealed;
}

static enum verdict trial(struct case_ctx *c, struct map *copy, struct map *control)
{
	int fd = make_file(c);
	char *at = map_file(c, fd);
	bool sealed = false;

	if (!at)
		return case_inconclusive(c, "shmem gave no huge page");
	stamp_fill(&copy->stamp, at, 0, copy->len, 1, STAMP_CPU);
	pin(c, copy, at);
	case_count(c, HELD, copy->pages);
	munmap(area, 2 * file_len); /* no mapping can write: only the pins can */
	if (case_disturbs(c)) {
		sealed = seal(fd); /* broken kernels say yes here */
		case_count(c, REFUSED, !sealed);
	}
	finish(c, copy, at);
	case_count(c, CHECKED, copy->pages);
	if (pread(fd, copy->at, copy->len, 0) != (ssize_t)copy->len)
		fail("reading the file");
	if (!case_check_all(c, copy, sealed ? 1 : 2, sealed ? STAMP_CPU : STAMP_DEVICE))
		return CORRUPT;
	case_count(c, SEALED_AFTER, case_disturbs(c) && seal(fd));
	close(fd);
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	if (c->cell->arg & THP && !res_write(SHMEM, "advise"))
		return case_skip(c, "huge pages of shmem: %s", res_why());
	file_len = c->cell->arg & HUGETLB ? reserve_huge(c)
		   : c->cell->arg & THP	  ? HUGE
					  : PAGES * STAMP_PAGE;
	if (!file_len)
		return INCONCLUSIVE;
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
