// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who moves bytes by O_DIRECT. The kernel holds references or pins on the pages
 * while the disk works; the other units of the same pages are written by others
 * meanwhile, and the page may be moved or copied under the I/O.
 */
#include "fail.h"
#include "pin.h"
#include "roles.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MOST_UNITS 8

/* A file of the role's own to write to, and a page-aligned place to read it back. */
struct io {
	int sink;
	char *copy;
	struct pin_aio *aio;
};

static void open_io(struct racer *a)
{
	struct io *io = a->own = storm_memory(a, sizeof(*io));

	io->sink = roles_scratch_file(O_DIRECT);
	io->copy = storm_memory(a, MOST_UNITS * ARENA_UNIT);
	if (a->role->needs & NEED_AIO) {
		roles_open_devices(a);
		io->aio = pin_aio_open();
	}
}

static void close_io(struct racer *a)
{
	struct io *io = a->own;

	if (io->aio)
		pin_aio_close(io->aio);
	close(io->sink);
}

/* The device wrote generation SLOT, or gave up half way: then nobody knows, and we write. */
static void device_wrote(struct racer *a, const struct arena_claim *claim, unsigned int slot,
			 ssize_t bytes)
{
	if (bytes != (ssize_t)arena_bytes(claim)) {
		arena_write(claim, arena_at(claim), STAMP_CPU);
		return;
	}
	arena_set_all(claim, (struct arena_content){ .generation = slot, .writer = STAMP_DEVICE });
	a->written += bytes;
}

static bool dio_read(struct racer *a)
{
	struct arena_claim claim;
	unsigned int slot;
	ssize_t bytes;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	slot = arena_next_slot(&claim);
	bytes = pread(claim.arena->device, arena_at(&claim), arena_bytes(&claim),
		      arena_slot_offset(&claim, slot));
	device_wrote(a, &claim, slot, bytes);
	/* Not always at once: what nobody looks at may be gone at the next reclaim. */
	if (rng_below(&a->rng, 2))
		storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_dio_reader = {
	.name = "dio-reader",
	.summary = "O_DIRECT reads of the device file into units",
	.needs = NEED_O_DIRECT,
	.kinds = ROLE_ANY,
	.open = roles_open_devices,
	.step = dio_read,
};

static bool dio_write(struct racer *a)
{
	struct io *io = a->own;
	struct arena_claim claim;
	size_t len;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	len = arena_bytes(&claim);
	if (pwrite(io->sink, arena_at(&claim), len, 0) != (ssize_t)len ||
	    pread(io->sink, io->copy, len, 0) != (ssize_t)len)
		a->idle++;
	else
		storm_check_copy(a, &claim, io->copy, "O_DIRECT write to a file");
	arena_release(&claim);
	return true;
}

const struct role role_dio_writer = {
	.name = "dio-writer",
	.summary = "O_DIRECT writes of units, and what the file has then",
	.needs = NEED_O_DIRECT,
	.kinds = ROLE_ANY,
	.open = open_io,
	.step = dio_write,
	.close = close_io,
};

/* Stores into units beside the claim while the device writes there. */
static void write_neighbours(struct racer *a, const struct arena_claim *claim)
{
	size_t end = claim->unit + claim->units;
	struct arena_claim beside;

	if (end < claim->arena->units && arena_claim(&beside, claim->arena, end, 1)) {
		arena_write(&beside, arena_at(&beside), STAMP_CPU);
		arena_release(&beside);
	}
	if (claim->unit && arena_claim(&beside, claim->arena, claim->unit - 1, 1)) {
		arena_write(&beside, arena_at(&beside), STAMP_CPU);
		arena_release(&beside);
	}
}

static bool aio_read(struct racer *a)
{
	struct io *io = a->own;
	struct arena_claim claim;
	unsigned int slot;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	slot = arena_next_slot(&claim);
	pin_aio_read(io->aio, claim.arena->device, arena_at(&claim), arena_bytes(&claim),
		     arena_slot_offset(&claim, slot));
	write_neighbours(a, &claim);
	device_wrote(a, &claim, slot, pin_aio_wait(io->aio));
	if (rng_below(&a->rng, 2))
		storm_check(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_aio_reader = {
	.name = "aio-reader",
	.summary = "libaio reads into units whose neighbours it writes meanwhile",
	.needs = NEED_O_DIRECT | NEED_AIO,
	.kinds = ROLE_ANY,
	.open = open_io,
	.step = aio_read,
	.close = close_io,
};
