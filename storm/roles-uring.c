// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who moves bytes through io_uring's registered buffers. The pages are pinned
 * from registration on, whatever happens to the mapping; that they are pinned
 * while reclaim looks at them is a race of its own.
 */
#include "pagemap.h"
#include "pin.h"
#include "roles.h"

#include <unistd.h>

#define MOST_PAGES 8
#define READS	   4

struct uring {
	struct pin_ring *ring;
	int sink;
	char *copy;
};

static void open_uring(struct racer *a)
{
	struct uring *u = a->own = storm_memory(a, sizeof(*u));

	roles_open_devices(a);
	u->ring = pin_ring_open();
	u->sink = roles_scratch_file(0);
	u->copy = storm_memory(a, MOST_PAGES * pagemap_page_size());
}

static void close_uring(struct racer *a)
{
	struct uring *u = a->own;

	pin_ring_close(u->ring);
	close(u->sink);
}

/* READ_FIXED from a file in memory, which is quick, or from the disk, which leaves time. */
static void read_fixed(struct racer *a, const struct arena_claim *claim)
{
	struct uring *u = a->own;
	unsigned int slot = arena_next_slot(claim);
	int from = rng_below(&a->rng, 4) ? claim->arena->memory : claim->arena->device;
	ssize_t bytes = pin_read_fixed(u->ring, from, arena_at(claim), arena_bytes(claim),
				       arena_slot_offset(claim, slot));

	if (bytes != (ssize_t)arena_bytes(claim)) {
		arena_write(claim, arena_at(claim), STAMP_CPU);
		return;
	}
	arena_set_all(claim, (struct arena_content){ .generation = slot, .writer = STAMP_DEVICE });
	a->written += bytes;
}

/* One ordinary store a page that changes nothing: its PTE is dirty, or it is copied. */
static void touch(const struct arena_claim *claim)
{
	volatile char *at = arena_at(claim);
	char same;

	for (size_t i = 0; i < arena_bytes(claim); i += pagemap_page_size()) {
		same = at[i];
		at[i] = same;
	}
}

static bool fixed_reads(struct racer *a, bool touches)
{
	struct uring *u = a->own;
	struct arena_claim claim;

	if (!storm_claim_pages(a, &claim, MOST_PAGES))
		return false;
	if (pin_try_register(u->ring, arena_at(&claim), arena_bytes(&claim))) {
		arena_release(&claim);
		return false; /* this kernel does not pin such memory */
	}
	for (int i = 0; i < READS && storm_check(a, &claim); i++) {
		read_fixed(a, &claim);
		if (touches)
			touch(&claim);
	}
	pin_unregister(u->ring);
	if (rng_below(&a->rng, 2))
		storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

static bool fixed_read(struct racer *a)
{
	return fixed_reads(a, true);
}

const struct role role_fixed_reader = {
	.name = "fixed-reader",
	.summary = "READ_FIXED into pages that it also stores to while they are registered",
	.needs = NEED_IO_URING | NEED_O_DIRECT,
	.kinds = ROLE_ANY,
	.open = open_uring,
	.step = fixed_read,
	.close = close_uring,
};

static bool fixed_read_only(struct racer *a)
{
	return fixed_reads(a, false);
}

/* What it reads into a page that was clean is lost in kernels of today: uring-fixed-clean-page. */
const struct role role_fixed_reader_clean = {
	.name = "fixed-reader-clean",
	.summary = "READ_FIXED into pages that nobody stores to while they are registered",
	.needs = NEED_IO_URING | NEED_O_DIRECT,
	.kinds = ROLE_ANY,
	.open = open_uring,
	.step = fixed_read_only,
	.close = close_uring,
};

static bool fixed_write(struct racer *a)
{
	struct uring *u = a->own;
	struct arena_claim claim;
	size_t len;

	if (!storm_claim_pages(a, &claim, MOST_PAGES))
		return false;
	len = arena_bytes(&claim);
	if (pin_try_register(u->ring, arena_at(&claim), len)) {
		arena_release(&claim);
		return false;
	}
	/* The CPU writes through the mapping, the kernel reads through the pin. */
	arena_write(&claim, arena_at(&claim), STAMP_CPU);
	a->written += len;
	if (pin_write_fixed(u->ring, u->sink, arena_at(&claim), len, 0) == (ssize_t)len &&
	    pread(u->sink, u->copy, len, 0) == (ssize_t)len)
		storm_check_copy(a, &claim, u->copy, "WRITE_FIXED to a file");
	pin_unregister(u->ring);
	arena_release(&claim);
	return true;
}

const struct role role_fixed_writer = {
	.name = "fixed-writer",
	.summary = "stores to registered pages, WRITE_FIXED of them, and what the file has then",
	.needs = NEED_IO_URING | NEED_O_DIRECT,
	.kinds = ROLE_ANY,
	.open = open_uring,
	.step = fixed_write,
	.close = close_uring,
};
