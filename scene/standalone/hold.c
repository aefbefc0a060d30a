// SPDX-License-Identifier: GPL-2.0-or-later
/* hold, for root: a FUSE file system in a mount name space of our own, with one file. */
#include "child.h"
#include "hold-server.h"
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA	"/mnt/data" /* seen by us alone */
#define FOREVER 3600.0

struct hold {
	struct hold_shared *shared;
	pid_t server;
	pthread_t thread;
	bool running;
	hold_io io;
	void *how, *buffer;
	size_t len;
	bool write;
	ssize_t result;
};

static struct hold_shared *served;
static const struct stat file = {
	.st_ino = 2, .st_mode = S_IFREG | 0600, .st_nlink = 1, .st_size = HOLD_MAX
};

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {
		.ino = 2, .attr = file, .attr_timeout = FOREVER, .entry_timeout = FOREVER
	};

	fuse_reply_entry(req, &entry);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat root = { .st_ino = 1, .st_mode = S_IFDIR | 0700, .st_nlink = 2 };

	fuse_reply_attr(req, ino == 1 ? &root : &file, FOREVER);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	fuse_reply_open(req, info);
}

/* The heart: the kernel has the caller's pages in hand now, and keeps them until we reply. */
static void keep(void)
{
	gate_set(&served->step, HOLD_HELD);
	gate_wait(&served->step, HOLD_RELEASED, 60);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *info)
{
	size_t left = offset < (off_t)HOLD_MAX ? HOLD_MAX - offset : 0;

	if (gate_get(&served->step) == HOLD_ARMED && !served->writes)
		keep();
	fuse_reply_buf(req, served->device + offset, size < left ? size : left);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	memcpy(served->device + offset, data, size);
	fuse_reply_write(req, size);
}

static const struct fuse_lowlevel_ops ops = { .lookup = op_lookup,
					      .getattr = op_getattr,
					      .open = op_open,
					      .read = op_read,
					      .write = op_write };

__attribute__((noreturn)) static void serve(void)
{
	struct fuse_args args = FUSE_ARGS_INIT(1, ((char *[]){ "lostwrite", NULL }));
	struct fuse_session *session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	struct fuse_buf buf = { 0 };
	struct pollfd fd = { .events = POLLIN };

	child_bind();
	if (!session || fuse_session_mount(session, "/mnt"))
		_exit(99);
	gate_set(&served->mounted, HOLD_MOUNTED);
	fd.fd = fuse_session_fd(session);
	while (poll(&fd, 1, -1) == 1) {
		/* A write's bytes are copied when its request is read: it is kept by not reading. */
		if (gate_get(&served->step) == HOLD_ARMED && served->writes)
			keep();
		if (fuse_session_receive_buf(session, &buf) > 0)
			fuse_session_process_buf(session, &buf);
	}
	_exit(0);
}

/* In a chroot / may be no mount point: then it is done from the name space's root. */
static bool own_mounts(void)
{
	int root, self;

	if (unshare(CLONE_NEWNS))
		return false;
	if (!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return true;
	root = open("/", O_PATH | O_CLOEXEC);
	self = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return !setns(self, CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !fchdir(root) && !chroot(".");
}

struct hold *hold_open(void)
{
	struct hold *hold = calloc(1, sizeof(*hold));
	int fd;

	if (!hold || !own_mounts())
		fail("a mount name space");
	hold->shared = served = child_shared(sizeof(*served));
	hold->server = fork();
	if (!hold->server)
		serve();
	if (!gate_wait(&served->mounted, HOLD_MOUNTED, 10))
		fail("mounting FUSE on /mnt");
	/* The first write asks for security.capability, which is not what is to be kept. */
	fd = open(DATA, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, served->device, 4096, 0) != 4096)
		fail("O_DIRECT on FUSE");
	close(fd);
	return hold;
}

void *hold_device(struct hold *hold)
{
	return hold->shared->device;
}

/* A file in this thread's own table: a child that had it would send FLUSH as it exits. */
static void *transfer(void *data)
{
	struct hold *hold = data;
	int fd = unshare(CLONE_FILES) ? -1 : open(DATA, O_RDWR | O_DIRECT | O_CLOEXEC);

	served->writes = hold->write;
	gate_set(&served->step, HOLD_ARMED);
	hold->result = hold->io(hold->how, fd, hold->buffer, hold->len, hold->write);
	close(fd);
	return NULL;
}

void hold_start(struct hold *hold, hold_io io, void *how, void *buffer, size_t len, bool is_write)
{
	hold->io = io;
	hold->how = how;
	hold->buffer = buffer;
	hold->len = len;
	hold->write = is_write;
	hold->running = true;
	gate_set(&served->step, HOLD_IDLE);
	if (pthread_create(&hold->thread, NULL, transfer, hold) ||
	    !gate_wait(&served->step, HOLD_HELD, 20))
		fail("no request reached the FUSE server");
}

static ssize_t plainly(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	ssize_t done = is_write ? pwrite(fd, buffer, len, 0) : pread(fd, buffer, len, 0);

	return done < 0 ? -errno : done;
}

void hold_read(struct hold *hold, void *buffer, size_t len)
{
	hold_start(hold, plainly, NULL, buffer, len, false);
}

void hold_write(struct hold *hold, const void *buffer, size_t len)
{
	hold_start(hold, plainly, NULL, (void *)buffer, len, true);
}

ssize_t hold_release(struct hold *hold)
{
	gate_set(&served->step, HOLD_RELEASED);
	pthread_join(hold->thread, NULL);
	hold->running = false;
	return hold->result;
}

void hold_close(struct hold *hold)
{
	if (hold->running)
		hold_release(hold);
	child_end(hold->server);
	free(hold);
}
