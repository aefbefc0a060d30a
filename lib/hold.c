// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "hold.h"
#include "child.h"
#include "fail.h"
#include "res.h"
#include "stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBFUSE
#include "hold-server.h"
#include "story.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define WAIT_SECONDS 20

struct hold {
	struct hold_shared *shared;
	pid_t server;
	char path[PATH_MAX];
	pthread_t thread;
	bool running;
	hold_io io;
	void *how;
	void *buffer;
	size_t len;
	bool write;
	ssize_t result;
};

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Root of a user name space of our own may mount FUSE (since 4.18). */
static bool become_root(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map);
}

static bool enter_mount_name_space(void)
{
	return (!geteuid() || become_root()) && !unshare(CLONE_NEWNS) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static const char *start(struct hold *hold, char *dir, size_t size)
{
	struct hold_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd;

	if (shared == MAP_FAILED)
		return "memory for the server";
	hold->shared = shared;
	if (access("/dev/fuse", R_OK | W_OK))
		return "/dev/fuse";
	if (!enter_mount_name_space())
		return errno == EINVAL ? "a mount name space (/ is no mount point)"
				       : "a mount name space";
	/* A dead mount of somebody else's, seen when this name space was copied. */
	snprintf(dir, size, "%s/mnt", res_state_dir());
	umount2(dir, MNT_DETACH);
	if (!res_state_path("mnt", dir, size))
		return "a mount point in the state directory";
	fflush(NULL);
	hold->server = fork();
	if (!hold->server)
		hold_serve(shared, dir);
	if (hold->server < 0)
		return "starting the FUSE server";
	errno = 0;
	if (gate_wait_change(&shared->mounted, HOLD_STARTING, WAIT_SECONDS) != HOLD_MOUNTED)
		return "mounting FUSE";
	snprintf(hold->path, sizeof(hold->path), "%s/" HOLD_FILE, dir);
	fd = open(hold->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return "an O_DIRECT file on FUSE";
	/*
	 * Before a write the kernel asks for security.capability, until it has been
	 * told once that there are none. Else that request is kept in place of the
	 * write, with no page in hand.
	 */
	if (pwrite(fd, shared->device, STAMP_PAGE, 0) != STAMP_PAGE) {
		close(fd);
		return "an O_DIRECT write on FUSE";
	}
	close(fd);
	return NULL;
}

struct hold *hold_open(void)
{
	struct hold *hold = calloc(1, sizeof(*hold));
	char dir[PATH_MAX - 16];
	const char *wrong = hold ? start(hold, dir, sizeof(dir)) : "memory";

	if (wrong)
		fail("%s", wrong);
	return hold;
}

void hold_close(struct hold *hold)
{
	if (hold->running)
		hold_release(hold);
	/* Its death closes /dev/fuse, which ends the mount's connection. */
	child_end(hold->server);
	munmap(hold->shared, sizeof(*hold->shared));
	free(hold);
}

bool hold_possible(char *why, size_t size)
{
	struct hold hold = { 0 };
	const char *wrong;
	char dir[PATH_MAX - 16];
	int tell[2], got;
	pid_t probe;

	if (pipe2(tell, O_CLOEXEC)) {
		snprintf(why, size, "pipe: %s", strerror(errno));
		return false;
	}
	/* In a child: a name space entered is not left. */
	fflush(NULL);
	probe = fork();
	if (!probe) {
		child_bind();
		wrong = start(&hold, dir, sizeof(dir));
		if (wrong)
			dprintf(tell[1], "%s: %s", wrong, errno ? strerror(errno) : "refused");
		if (hold.server > 0)
			child_end(hold.server);
		_exit(0);
	}
	close(tell[1]);
	got = probe < 0 ? -1 : read(tell[0], why, size - 1);
	close(tell[0]);
	if (probe > 0)
		waitpid(probe, NULL, 0);
	if (got < 0)
		got = snprintf(why, size, "fork: %s", strerror(errno));
	why[got] = '\0';
	return !got;
}

const char *hold_remedy(void)
{
	return "modprobe fuse, and let the user open /dev/fuse and make name spaces (or be root)";
}

void *hold_device(struct hold *hold)
{
	return hold->shared->device;
}

/*
 * The file is open in this thread's own table only: a child that inherited it
 * would send FLUSH when it exits, and wait for a server that waits for us.
 */
static void *transfer(void *data)
{
	struct hold *hold = data;
	int fd = -1;

	if (!unshare(CLONE_FILES))
		fd = open(hold->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	hold->shared->writes = hold->write;
	gate_set(&hold->shared->step, HOLD_ARMED);
	hold->result = hold->io(hold->how, fd, hold->buffer, hold->len, hold->write);
	if (fd >= 0)
		close(fd);
	return NULL;
}

void hold_start(struct hold *hold, hold_io io, void *how, void *buffer, size_t len, bool is_write)
{
	errno = 0;
	if (hold->running || len > HOLD_MAX)
		fail("one request of at most %u bytes at a time", HOLD_MAX);
	hold->io = io;
	hold->how = how;
	hold->buffer = buffer;
	hold->len = len;
	hold->write = is_write;
	gate_set(&hold->shared->step, HOLD_IDLE);
	errno = pthread_create(&hold->thread, NULL, transfer, hold);
	if (errno)
		fail("starting the thread that reads");
	hold->running = true;
	errno = 0;
	if (!gate_wait(&hold->shared->step, HOLD_HELD, WAIT_SECONDS))
		fail("no request reached the FUSE server in %d s", WAIT_SECONDS);
	story("in another thread: %s of %zu bytes at %s, which the FUSE server keeps",
	      is_write ? "a write" : "a read", len, story_place(buffer));
}

static ssize_t plainly(void *how, int fd, void *buffer, size_t len, bool is_write)
{
	ssize_t done = is_write ? say(pwrite(fd, buffer, len, 0)) : say(pread(fd, buffer, len, 0));

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
	gate_set(&hold->shared->step, HOLD_RELEASED);
	if (hold->running)
		pthread_join(hold->thread, NULL);
	hold->running = false;
	return hold->result;
}

#else
#include "absent.h"

ABSENT_NEED(hold, "libfuse", "install libfuse3-dev (Fedora: fuse3-devel) and build again")
ABSENT(struct hold *hold_open(void))
ABSENT(void hold_close(struct hold *hold))
ABSENT(void *hold_device(struct hold *hold))
ABSENT(void hold_start(struct hold *hold, hold_io io, void *how, void *buffer, size_t len,
		       bool is_write))
ABSENT(void hold_read(struct hold *hold, void *buffer, size_t len))
ABSENT(void hold_write(struct hold *hold, const void *buffer, size_t len))
ABSENT(ssize_t hold_release(struct hold *hold))
#endif
