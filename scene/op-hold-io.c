// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that stay in flight: O_DIRECT, libaio and io_uring held by our FUSE
 * server, libaio held by a throttled block device. Each takes its pages another
 * way: a system call's or a worker's iov_iter, a registered buffer's bvec.
 */
#include "fail.h"
#include "op-hold.h"
#include "slow.h"
#include "story.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- held by FUSE --- */

static ssize_t by_system_call(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	ssize_t done = is_write ? say(pwrite(fd, buffer, len, 0)) : say(pread(fd, buffer, len, 0));

	return done < 0 ? -errno : done;
}

static ssize_t by_aio(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	struct actor *a = how;

	if (is_write)
		pin_aio_write(a->aio, fd, buffer, len, 0);
	else
		pin_aio_read(a->aio, fd, buffer, len, 0);
	return pin_aio_wait(a->aio);
}

static ssize_t by_uring(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	struct actor *a = how;

	return is_write ? pin_write_plain(a->ring, fd, buffer, len, 0)
			: pin_read_plain(a->ring, fd, buffer, len, 0);
}

static ssize_t by_uring_fixed(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	struct actor *a = how;

	return is_write ? pin_write_fixed(a->ring, fd, buffer, len, 0)
			: pin_read_fixed(a->ring, fd, buffer, len, 0);
}

/*
 * process_vm_writev() pins the pages it writes to, and then reads what it writes:
 * from a mapping of the FUSE file, whose fault is kept.
 */
static ssize_t by_process_vm(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	char *source = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	struct iovec from = { source, len }, to = { buffer, len };
	ssize_t done;

	if (source == MAP_FAILED)
		return -errno;
	madvise(source, len, MADV_DONTFORK);
	done = say(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	done = done < 0 ? -errno : done;
	munmap(source, len);
	return done;
}

static void hold_by_fuse(struct actor *a, char *at)
{
	if (a->pin->needs & NEED_AIO)
		a->aio = pin_aio_open();
	if (a->pin->needs & NEED_IO_URING)
		a->ring = pin_ring_open();
	if (a->pin->registers)
		a->refused = pin_try_register(a->ring, at, a->len);
	if (!a->refused)
		hold_start(a->hold, a->pin->io, a, at, a->len, a->pin->writes);
}

static void device_fuse(struct actor *a, const char *bytes)
{
	memcpy(hold_device(a->hold), bytes, a->len);
}

static void release_fuse(struct actor *a, char *bytes)
{
	if (hold_release(a->hold) != (ssize_t)a->len)
		fail("the held request was short");
	memcpy(bytes, hold_device(a->hold), a->len);
	if (a->pin->registers)
		pin_unregister(a->ring);
	if (a->pin->needs & NEED_IO_URING)
		pin_ring_close(a->ring);
	if (a->pin->needs & NEED_AIO)
		pin_aio_close(a->aio);
}

/* --- held by a throttled disk --- */

static void hold_by_disk(struct actor *a, char *at)
{
	a->slow = slow_open(a->map.len);
	a->aio = pin_aio_open();
	slow_down(a->slow, a->len);
	/* Submission returns when the block layer has the request: pinned, and kept. */
	if (a->pin->writes)
		pin_aio_write(a->aio, slow_fd(a->slow), at, a->len, 0);
	else
		pin_aio_read(a->aio, slow_fd(a->slow), at, a->len, 0);
	if (pin_aio_done(a->aio))
		a->refused = EOPNOTSUPP; /* not slow for this memory: a copy, or no throttle */
}

static void device_disk(struct actor *a, const char *bytes)
{
	if (say(pwrite(slow_file(a->slow), bytes, a->len, 0)) != (ssize_t)a->len)
		fail("the file behind the loop device");
}

static void release_disk(struct actor *a, char *bytes)
{
	slow_let_go(a->slow);
	if (pin_aio_wait(a->aio) != (ssize_t)a->len ||
	    pread(slow_file(a->slow), bytes, a->len, 0) != (ssize_t)a->len)
		fail("the throttled request was short");
	pin_aio_close(a->aio);
	slow_close(a->slow);
	a->slow = NULL;
}

void scene_let_go(struct actor *a)
{
	if (a->slow) /* or leaving would wait for the request */
		slow_let_go(a->slow);
}

/* What both directions of a request that FUSE keeps have in common. */
#define FUSE .at_release = true, .most = HOLD_MAX, .hold = hold_by_fuse, .release = release_fuse
#define DISK .at_release = true, .hold = hold_by_disk, .release = release_disk

/*
 * A write takes its pages for reading, and for a short time: that need not
 * follow later stores (mm/internal.h, gup_must_unshare()). A registered buffer
 * is pinned for writing whatever is done with it.
 */
const struct scene_pin scene_pins_io[] = {
	{ .name = "odirect-read",
	  .needs = NEED_FUSE,
	  FUSE,
	  .device = device_fuse,
	  .io = by_system_call },
	{ .name = "odirect-write",
	  .needs = NEED_FUSE,
	  FUSE,
	  .writes = true,
	  .reference = true,
	  .io = by_system_call },
	{ .name = "aio-read",
	  .needs = NEED_FUSE | NEED_AIO,
	  FUSE,
	  .device = device_fuse,
	  .io = by_aio },
	{ .name = "aio-write",
	  .needs = NEED_FUSE | NEED_AIO,
	  FUSE,
	  .writes = true,
	  .reference = true,
	  .io = by_aio },
	{ .name = "uring-odirect-read",
	  .needs = NEED_FUSE | NEED_IO_URING,
	  FUSE,
	  .device = device_fuse,
	  .io = by_uring },
	{ .name = "uring-odirect-write",
	  .needs = NEED_FUSE | NEED_IO_URING,
	  FUSE,
	  .writes = true,
	  .reference = true,
	  .io = by_uring },
	{ .name = "fixed-odirect-read",
	  .needs = NEED_FUSE | NEED_IO_URING,
	  FUSE,
	  .device = device_fuse,
	  .registers = true,
	  .io = by_uring_fixed },
	{ .name = "fixed-odirect-write",
	  .needs = NEED_FUSE | NEED_IO_URING,
	  FUSE,
	  .writes = true,
	  .registers = true,
	  .io = by_uring_fixed },
	{ .name = "process-vm",
	  .needs = NEED_FUSE,
	  FUSE,
	  .device = device_fuse,
	  .io = by_process_vm },
	{ .name = "disk-read", .needs = NEED_SLOW_DISK | NEED_AIO, DISK, .device = device_disk },
	{ .name = "disk-write",
	  .needs = NEED_SLOW_DISK | NEED_AIO,
	  DISK,
	  .writes = true,
	  .reference = true },
	{ 0 },
};
