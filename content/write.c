// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways in which bytes get into memory; each must leave the page dirty. */
#include "body.h"
#include "fail.h"
#include "pagemap.h"
#include "pattern.h"
#include "pin.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static bool by_cpu(struct body *b, size_t offset, char *bytes, size_t len)
{
	memcpy(b->map.at + offset, bytes, len);
	return true;
}

static bool by_second(struct body *b, size_t offset, char *bytes, size_t len)
{
	if (!b->second)
		return by_cpu(b, offset, bytes, len);
	memcpy(b->second + offset, bytes, len);
	return true;
}

static bool by_call(struct body *b, size_t offset, char *bytes, size_t len)
{
	if (b->map.fd < 0 || !b->shared)
		return by_cpu(b, offset, bytes, len);
	return pwrite(b->map.fd, bytes, len, offset) == (ssize_t)len;
}

/* The file is filled by O_DIRECT and read by O_DIRECT: the pages are the caller's alone. */
static bool by_odirect(struct body *b, size_t offset, char *bytes, size_t len)
{
	return pwrite(b->direct, bytes, len, offset) == (ssize_t)len &&
	       pread(b->direct, b->map.at + offset, len, offset) == (ssize_t)len;
}

/* READ_FIXED does not dirty a page, and neither does registering one that is mapped writable. */
static bool by_fixed_clean(struct body *b, size_t offset, char *bytes, size_t len)
{
	struct pin_ring *ring = pin_ring_open();
	bool ok;

	if (pin_try_register(ring, b->map.at + offset, len)) {
		pin_ring_close(ring);
		return by_cpu(b, offset, bytes, len);
	}
	ok = pwrite(b->device, bytes, len, 0) == (ssize_t)len &&
	     pin_read_fixed(ring, b->device, b->map.at + offset, len, 0) == (ssize_t)len;
	pin_unregister(ring);
	pin_ring_close(ring);
	return ok;
}

/* So the pages are dirtied first: that they are not is an open bug, with cells of its own. */
static bool by_fixed(struct body *b, size_t offset, char *bytes, size_t len)
{
	volatile char *at = b->map.at + offset;
	char byte;

	for (size_t i = 0; i < len; i += pagemap_page_size()) {
		byte = at[i];
		at[i] = byte;
	}
	return by_fixed_clean(b, offset, bytes, len);
}

static bool by_process_vm(struct body *b, size_t offset, char *bytes, size_t len)
{
	struct iovec from = { bytes, len }, to = { b->map.at + offset, len };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == (ssize_t)len;
}

/* To the disk, past the page cache and every mapping: ext4 and others drop what is there. */
static bool by_direct(struct body *b, size_t offset, char *bytes, size_t len)
{
	char path[64];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", b->map.fd);
	fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = pwrite(fd, bytes, len, offset);
	close(fd);
	return done == (ssize_t)len;
}

static const struct writer {
	const char *name;
	uint64_t needs;
	bool (*write)(struct body *b, size_t offset, char *bytes, size_t len);
	enum stamp_writer stamp;
} writers[BODY_WRITERS] = {
	[BODY_CPU] = { "cpu", 0, by_cpu, STAMP_CPU },
	[BODY_SECOND] = { "second", 0, by_second, STAMP_CPU },
	[BODY_CALL] = { "write", 0, by_call, STAMP_KERNEL },
	[BODY_ODIRECT] = { "odirect", NEED_O_DIRECT, by_odirect, STAMP_DEVICE },
	[BODY_FIXED] = { "fixed", NEED_IO_URING, by_fixed, STAMP_DEVICE },
	[BODY_FIXED_CLEAN] = { "fixed-clean", NEED_IO_URING, by_fixed_clean, STAMP_DEVICE },
	[BODY_PROCESS_VM] = { "process-vm", 0, by_process_vm, STAMP_KERNEL },
	[BODY_DIRECT] = { "direct", NEED_O_DIRECT, by_direct, STAMP_KERNEL },
};

const char *body_writer_name(unsigned int writer)
{
	return writer == BODY_MIXED ? "mixed" : writers[writer].name;
}

uint64_t body_writer_needs(unsigned int writer)
{
	return writer == BODY_MIXED ? 0 : writers[writer].needs;
}

bool body_writer_fits(unsigned int writer, unsigned int kind)
{
	if (writer == BODY_SECOND)
		return body_shared(kind);
	if (writer == BODY_CALL)
		return body_shared(kind) && kind != MAP_KIND_SHARED_ANON;
	if (writer == BODY_DIRECT)
		return kind == MAP_KIND_FILE;
	/* Long-term pins of a file's own pages are refused since 6.5 (8ac268436e6d). */
	if (writer == BODY_FIXED_CLEAN)
		return kind == MAP_KIND_MEMFD || kind == MAP_KIND_SHARED_ANON;
	return writer != BODY_FIXED || kind != MAP_KIND_FILE;
}

/* What a machine cannot do is left out of a mix; asked for alone it is a need. */
static unsigned int choose(struct body *b)
{
	static int uring = -1;
	char why[100];
	unsigned int writer;

	if (uring < 0)
		uring = pin_uring_possible(why, sizeof(why));
	do
		writer = rng_below(&b->c->rng, BODY_WRITERS);
	while (!body_writer_fits(writer, b->kind) || writer == BODY_FIXED_CLEAN ||
	       (writer == BODY_FIXED && !uring) || (writer == BODY_ODIRECT && b->direct < 0));
	return writer;
}

void body_write(struct body *b, unsigned int writer, unsigned int first, unsigned int count)
{
	unsigned int kind = writer == BODY_MIXED ? choose(b) : writer,
		     generation = atomic_fetch_add(b->newest, 1) + 1;
	enum stamp_writer stamp = *b->name ? STAMP_CHILD : writers[kind].stamp;
	size_t len = (size_t)count * STAMP_PAGE;
	char *bytes = aligned_alloc(STAMP_PAGE, len);

	if (!bytes || generation > UINT16_MAX)
		fail("%zu bytes for generation %u", len, generation);
	for (unsigned int i = 0; i < count; i++)
		pattern_fill(&b->map.stamp, bytes + (size_t)i * STAMP_PAGE, first + i, generation,
			     stamp);
	errno = 0;
	if (!writers[kind].write(b, (size_t)first * STAMP_PAGE, bytes, len))
		fail("writing %zu bytes by %s", len, writers[kind].name);
	free(bytes);
	for (unsigned int i = first; i < first + count; i++) {
		b->expected->generation[i] = generation;
		b->expected->writer[i] = stamp;
	}
	case_say(b->c, "step %u, %s: %s writes generation %u to pages %u-%u", b->step, b->doing,
		 writers[kind].name, generation, first, first + count - 1);
}

void body_write_some(struct body *b, unsigned int writer)
{
	unsigned int pages = b->map.len / STAMP_PAGE, runs = rng_below(&b->c->rng, 4), first, most;

	if (!runs || writer == BODY_FIXED_CLEAN) {
		body_write(b, writer, 0, pages);
		return;
	}
	while (runs--) {
		first = rng_below(&b->c->rng, pages);
		most = pages - first < pages / 3 ? pages - first : pages / 3;
		body_write(b, writer, first, 1 + rng_below(&b->c->rng, most ? most : 1));
	}
}

void body_zero(struct body *b, unsigned int first, unsigned int count)
{
	memset(&b->expected->generation[first], 0, count * sizeof(*b->expected->generation));
}
