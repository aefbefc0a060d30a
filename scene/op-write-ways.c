// SPDX-License-Identifier: GPL-2.0-or-later
/* The system calls behind store and load. */
#include "crypt.h"
#include "fail.h"
#include "op-write.h"
#include "res.h"
#include "story.h"
#include "uffd-fill.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void exactly(ssize_t got, size_t len, const char *what)
{
	errno = got < 0 ? errno : 0;
	if (got != (ssize_t)len)
		fail("%s of %zu bytes gave %zd", what, len, got);
}

/* --- by address: the pages are pinned, or mapped in the kernel, one by one --- */

static void store_process_vm(struct actor *a, char *at, const char *bytes, size_t len)
{
	struct iovec here = { (void *)bytes, len }, there = { at, len };

	exactly(say(process_vm_writev(getpid(), &here, 1, &there, 1, 0)), len, "process_vm_writev");
}

static void load_process_vm(struct actor *a, char *at, char *bytes, size_t len)
{
	struct iovec here = { bytes, len }, there = { at, len };

	exactly(say(process_vm_readv(getpid(), &here, 1, &there, 1, 0)), len, "process_vm_readv");
}

static int open_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("/proc/self/mem");
	return fd;
}

static void store_proc_mem(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = open_mem();

	exactly(say(pwrite(fd, bytes, len, (uintptr_t)at)), len, "writing /proc/self/mem");
	close(fd);
}

static void load_proc_mem(struct actor *a, char *at, char *bytes, size_t len)
{
	int fd = open_mem();

	exactly(say(pread(fd, bytes, len, (uintptr_t)at)), len, "reading /proc/self/mem");
	close(fd);
}

/*
 * FOLL_FORCE writes to a map that is read-only: as a debugger sets a breakpoint.
 * The PTE stays read-only, so that nothing but the page says that it was written.
 * Kernels that keep it for debuggers (proc_mem.force_override, 6.12) say EIO.
 */
static void store_forced(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = open_mem();
	ssize_t done;

	if (say(mprotect(a->map.at, a->map.len, PROT_READ)))
		fail("mprotect read-only");
	done = say(pwrite(fd, bytes, len, (uintptr_t)at));
	if (done < 0 && errno == EIO)
		a->refused = EIO;
	else
		exactly(done, len, "writing /proc/self/mem");
	close(fd);
	if (say(mprotect(a->map.at, a->map.len, PROT_READ | PROT_WRITE)))
		fail("mprotect back");
}

/* --- files --- */

static int with_bytes(int fd, const char *bytes, size_t len)
{
	if (fd < 0)
		fail("a file for the bytes");
	exactly(say(pwrite(fd, bytes, len, 0)), len, "pwrite");
	return fd;
}

static int memory_file(void)
{
	return memfd_create("lostwrite-bytes", MFD_CLOEXEC);
}

static int direct_file(void)
{
	return open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
}

static void store_read(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = with_bytes(memory_file(), bytes, len);

	exactly(say(pread(fd, at, len, 0)), len, "pread");
	close(fd);
}

static void load_write(struct actor *a, char *at, char *bytes, size_t len)
{
	int fd = with_bytes(memory_file(), at, len);

	exactly(say(pread(fd, bytes, len, 0)), len, "pread");
	close(fd);
}

/* Nothing holds it back: pinned, dirtied, unpinned before anybody looks. */
static void store_odirect(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = with_bytes(direct_file(), bytes, len);

	exactly(say(pread(fd, at, len, 0)), len, "an O_DIRECT read");
	close(fd);
}

static void load_odirect(struct actor *a, char *at, char *bytes, size_t len)
{
	int fd = with_bytes(direct_file(), at, len);

	exactly(say(pread(fd, bytes, len, 0)), len, "an O_DIRECT read");
	close(fd);
}

static void store_uring(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = with_bytes(direct_file(), bytes, len);
	struct pin_ring *ring = pin_ring_open();

	exactly(pin_read_plain(ring, fd, at, len, 0), len, "IORING_OP_READ");
	pin_ring_close(ring);
	close(fd);
}

static void load_uring(struct actor *a, char *at, char *bytes, size_t len)
{
	int fd = direct_file();
	struct pin_ring *ring = pin_ring_open();

	if (fd < 0)
		fail("an O_DIRECT file");
	exactly(pin_write_plain(ring, fd, at, len, 0), len, "IORING_OP_WRITE");
	pin_ring_close(ring);
	exactly(say(pread(fd, bytes, len, 0)), len, "an O_DIRECT read");
	close(fd);
}

/* --- pipes and sockets --- */

static void store_pipe(struct actor *a, char *at, const char *bytes, size_t len)
{
	int ends[2];

	pin_pipe(ends, len);
	exactly(say(write(ends[1], bytes, len)), len, "write to a pipe");
	exactly(say(read(ends[0], at, len)), len, "read from a pipe");
	close(ends[0]);
	close(ends[1]);
}

static void load_pipe(struct actor *a, char *at, char *bytes, size_t len)
{
	int ends[2];

	pin_pipe(ends, len);
	exactly(say(write(ends[1], at, len)), len, "write to a pipe");
	exactly(say(read(ends[0], bytes, len)), len, "read from a pipe");
	close(ends[0]);
	close(ends[1]);
}

/* A file's own pages go through the pipe, and vmsplice(2) out of it copies. */
static void store_splice(struct actor *a, char *at, const char *bytes, size_t len)
{
	int ends[2], fd = with_bytes(memory_file(), bytes, len);
	struct iovec vec = { at, len };
	loff_t offset = 0;

	pin_pipe(ends, len);
	exactly(say(splice(fd, &offset, ends[1], NULL, len, 0)), len, "splice");
	exactly(say(vmsplice(ends[0], &vec, 1, 0)), len, "vmsplice out of a pipe");
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void socket_pair(int ends[2], size_t len)
{
	int room = 4 * len + 65536;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
	    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)))
		fail("a socket pair");
}

static void store_socket(struct actor *a, char *at, const char *bytes, size_t len)
{
	int ends[2];

	socket_pair(ends, len);
	exactly(say(send(ends[0], bytes, len, 0)), len, "send");
	exactly(say(recv(ends[1], at, len, MSG_WAITALL)), len, "recv");
	close(ends[0]);
	close(ends[1]);
}

static void load_socket(struct actor *a, char *at, char *bytes, size_t len)
{
	int ends[2];

	socket_pair(ends, len);
	exactly(say(send(ends[0], at, len, 0)), len, "send");
	exactly(say(recv(ends[1], bytes, len, MSG_WAITALL)), len, "recv");
	close(ends[0]);
	close(ends[1]);
}

/* --- receivers that decrypt straight into the caller's pages --- */

static void store_af_alg(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd = crypt_alg_ready(bytes, len);

	exactly(say(read(fd, at, len)), len, "reading AF_ALG");
	close(fd);
}

static void store_ktls(struct actor *a, char *at, const char *bytes, size_t len)
{
	int ends[2];

	crypt_tls_open(ends);
	for (size_t done = 0, n; done < len; done += n) {
		n = len - done < CRYPT_RECORD ? len - done : CRYPT_RECORD;
		crypt_tls_send(ends, bytes + done, n);
		exactly(say(recv(ends[1], at + done, n, MSG_WAITALL)), n, "receiving kernel TLS");
	}
	close(ends[0]);
	close(ends[1]);
}

/* --- a page that comes with its bytes --- */

static void store_uffd_copy(struct actor *a, char *at, const char *bytes, size_t len)
{
	int fd;

	if (madvise(at, len, scene_shared(a->map.kind) ? MADV_REMOVE : MADV_DONTNEED))
		fail("dropping %zu bytes", len);
	fd = uffd_fill_open(UFFD_FILL_COPY, at, len, false);
	uffd_copy(fd, at, bytes, len, false);
	close(fd);
}

const struct scene_way scene_stores[] = {
	{ "process-vm", 0, .store = store_process_vm },
	{ "proc-mem", 0, .store = store_proc_mem },
	{ "forced", 0, .store = store_forced },
	{ "file", 0, .store = store_read },
	{ "odirect", NEED_O_DIRECT, .store = store_odirect },
	{ "uring", NEED_O_DIRECT | NEED_IO_URING, .store = store_uring },
	{ "pipe", 0, .store = store_pipe },
	{ "splice", 0, .store = store_splice },
	{ "socket", 0, .store = store_socket },
	{ "af-alg", NEED_AF_ALG, .store = store_af_alg },
	{ "ktls", NEED_KTLS, .store = store_ktls },
	{ "uffd-copy", NEED_UFFD_FILL, .store = store_uffd_copy }, /* whole pages only */
	{ 0 },
};

const struct scene_way scene_loads[] = {
	{ "process-vm", 0, .load = load_process_vm },
	{ "proc-mem", 0, .load = load_proc_mem },
	{ "file", 0, .load = load_write },
	{ "odirect", NEED_O_DIRECT, .load = load_odirect },
	{ "uring", NEED_O_DIRECT | NEED_IO_URING, .load = load_uring },
	{ "pipe", 0, .load = load_pipe },
	{ "socket", 0, .load = load_socket },
	{ 0 },
};
