// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "fail.h"
#include "pin.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef HAVE_LIBURING
#include <liburing.h>

struct pin_ring {
	struct io_uring uring;
};

bool pin_uring_possible(char *why, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct io_uring uring;
	struct iovec vec = { .iov_len = page };
	int error = io_uring_queue_init(1, &uring, 0);

	if (error) {
		snprintf(why, size, "io_uring_setup: %s", strerror(-error));
		return false;
	}
	vec.iov_base = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	error = vec.iov_base == MAP_FAILED ? -errno : io_uring_register_buffers(&uring, &vec, 1);
	if (error)
		snprintf(why, size, "registering a buffer: %s", strerror(-error));
	if (vec.iov_base != MAP_FAILED)
		munmap(vec.iov_base, page);
	io_uring_queue_exit(&uring);
	return !error;
}

const char *pin_uring_remedy(void)
{
	return "use a kernel with CONFIG_IO_URING, sysctl kernel.io_uring_disabled=0, and "
	       "ulimit -l 65536 unless root";
}

struct pin_ring *pin_ring_open(void)
{
	struct pin_ring *ring = malloc(sizeof(*ring));

	errno = ring ? -io_uring_queue_init(8, &ring->uring, 0) : ENOMEM;
	if (errno)
		fail("io_uring_setup");
	return ring;
}

void pin_ring_close(struct pin_ring *ring)
{
	io_uring_queue_exit(&ring->uring);
	free(ring);
}

int pin_try_register(struct pin_ring *ring, void *buffer, size_t len)
{
	struct iovec vec = { .iov_base = buffer, .iov_len = len };

	errno = -say(io_uring_register_buffers(&ring->uring, &vec, 1));
	if (errno && errno != EOPNOTSUPP && errno != EFAULT)
		fail("registering a buffer of %zu bytes", len);
	return errno;
}

void pin_register(struct pin_ring *ring, void *buffer, size_t len)
{
	if (pin_try_register(ring, buffer, len))
		fail("registering a buffer of %zu bytes", len);
}

void pin_unregister(struct pin_ring *ring)
{
	errno = -say(io_uring_unregister_buffers(&ring->uring));
	if (errno)
		fail("unregistering the buffer");
}

/* As in <linux/io_uring.h> from 5.13 and 6.12 on; wrapped by liburing from 2.2 and 2.8 on. */
#define REGISTER_BUFFERS_UPDATE 16
#define REGISTER_CLONE_BUFFERS	30
struct rsrc_update {
	uint32_t offset, zero;
	uint64_t data, tags;
	uint32_t nr, zero2;
};
struct clone_buffers {
	uint32_t src_fd, flags, src_off, dst_off, nr, pad[3];
};

static int try_register(const struct pin_ring *ring, unsigned int what, void *with, size_t n)
{
	return syscall(__NR_io_uring_register, ring->uring.ring_fd, what, with, n) < 0 ? errno : 0;
}

int pin_try_replace(struct pin_ring *ring, void *buffer, size_t len)
{
	struct iovec vec = { .iov_base = buffer, .iov_len = len };
	struct rsrc_update update = { .data = (uintptr_t)&vec, .nr = 1 };

	/* The size of the structure is where others have the number of entries. */
	return try_register(ring, REGISTER_BUFFERS_UPDATE, &update, sizeof(update));
}

int pin_try_clone(struct pin_ring *to, const struct pin_ring *from)
{
	struct clone_buffers clone = { .src_fd = from->uring.ring_fd };

	return try_register(to, REGISTER_CLONE_BUFFERS, &clone, 1);
}

static struct io_uring_sqe *next_sqe(struct pin_ring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	errno = 0;
	if (!sqe)
		fail("the submission queue is full");
	return sqe;
}

static ssize_t submit_and_wait(struct pin_ring *ring, const char *what, const void *at, size_t len)
{
	struct io_uring_cqe *cqe;
	ssize_t result;
	int error = io_uring_submit_and_wait(&ring->uring, 1);

	errno = error < 0 ? -error : 0;
	if (error != 1)
		fail("io_uring_submit of one request gave %d", error);
	errno = -io_uring_wait_cqe(&ring->uring, &cqe);
	if (errno)
		fail("io_uring_wait_cqe");
	result = cqe->res;
	io_uring_cqe_seen(&ring->uring, cqe);
	story("io_uring %s(%s, %zu) = %zd", what, story_place(at), len, result);
	return result;
}

ssize_t pin_read_fixed(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset)
{
	io_uring_prep_read_fixed(next_sqe(ring), fd, to, len, offset, 0);
	return submit_and_wait(ring, "READ_FIXED", to, len);
}

ssize_t pin_write_fixed(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset)
{
	io_uring_prep_write_fixed(next_sqe(ring), fd, from, len, offset, 0);
	return submit_and_wait(ring, "WRITE_FIXED", from, len);
}

ssize_t pin_read_plain(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset)
{
	io_uring_prep_read(next_sqe(ring), fd, to, len, offset);
	return submit_and_wait(ring, "READ", to, len);
}

ssize_t pin_write_plain(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset)
{
	io_uring_prep_write(next_sqe(ring), fd, from, len, offset);
	return submit_and_wait(ring, "WRITE", from, len);
}

#ifdef IORING_CQE_F_NOTIF /* liburing 2.3 */
bool pin_send_zc_possible(char *why, size_t size)
{
	struct io_uring_probe *probe = io_uring_get_probe();
	bool ok = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC);

	if (!ok)
		snprintf(why, size, "io_uring has no zero-copy send here");
	io_uring_free_probe(probe);
	return ok;
}

int pin_send_zc(struct pin_ring *ring, int fd, const void *from, size_t len, bool fixed)
{
	struct io_uring_sqe *sqe = next_sqe(ring);
	struct __kernel_timespec patience = { .tv_sec = 3 };
	struct io_uring_cqe *cqe;
	ssize_t sent;
	bool more;

	io_uring_prep_send_zc(sqe, fd, from, len, MSG_WAITALL, 0);
	if (fixed)
		sqe->ioprio |= IORING_RECVSEND_FIXED_BUF;
	if (io_uring_submit(&ring->uring) != 1)
		fail("submitting SEND_ZC");
	/* Where the queue has no room for all of it, it waits for the receiver: for us. */
	if (io_uring_wait_cqe_timeout(&ring->uring, &cqe, &patience))
		return EAGAIN;
	sent = cqe->res;
	story("io_uring SEND_ZC(%s, %zu) = %zd", story_place(from), len, sent);
	more = cqe->flags & IORING_CQE_F_MORE; /* the notification comes later: held */
	io_uring_cqe_seen(&ring->uring, cqe);
	if (sent == -EFAULT || sent == -EOPNOTSUPP)
		return -sent;
	errno = sent < 0 ? -sent : 0;
	if (sent != (ssize_t)len)
		fail("SEND_ZC of %zu bytes sent %zd", len, sent);
	return more && io_uring_peek_cqe(&ring->uring, &cqe) ? 0 : EOPNOTSUPP;
}

void pin_send_zc_wait(struct pin_ring *ring)
{
	struct io_uring_cqe *cqe;

	errno = -io_uring_wait_cqe(&ring->uring, &cqe);
	if (errno || !(cqe->flags & IORING_CQE_F_NOTIF))
		fail("the notification of SEND_ZC");
	io_uring_cqe_seen(&ring->uring, cqe);
}
#else
#define WITHOUT_SEND_ZC "liburing 2.3"
#endif

const char *pin_send_zc_remedy(void)
{
	return "use a kernel from 6.0 on, kernel.io_uring_disabled=0 and liburing 2.3";
}

#else
#include "absent.h"

ABSENT_NEED(pin_uring, "liburing", "install liburing-dev (Fedora: liburing-devel) and build again")
ABSENT(struct pin_ring *pin_ring_open(void))
ABSENT(void pin_ring_close(struct pin_ring *ring))
ABSENT(int pin_try_register(struct pin_ring *ring, void *buffer, size_t len))
ABSENT(void pin_register(struct pin_ring *ring, void *buffer, size_t len))
ABSENT(void pin_unregister(struct pin_ring *ring))
ABSENT(int pin_try_replace(struct pin_ring *ring, void *buffer, size_t len))
ABSENT(int pin_try_clone(struct pin_ring *to, const struct pin_ring *from))
ABSENT(ssize_t pin_read_fixed(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset))
ABSENT(ssize_t pin_write_fixed(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset))
ABSENT(ssize_t pin_read_plain(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset))
ABSENT(ssize_t pin_write_plain(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset))
#define WITHOUT_SEND_ZC "liburing"

const char *pin_send_zc_remedy(void)
{
	return "install liburing-dev (Fedora: liburing-devel) and build again";
}
#endif

#ifdef WITHOUT_SEND_ZC
#include "absent.h"

bool pin_send_zc_possible(char *why, size_t size)
{
	snprintf(why, size, "built without %s", WITHOUT_SEND_ZC);
	return false;
}
ABSENT(int pin_send_zc(struct pin_ring *ring, int fd, const void *from, size_t len, bool fixed))
ABSENT(void pin_send_zc_wait(struct pin_ring *ring))
#endif
