// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "hold.h"
#include "child.h"
#include "fail.h"
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
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define WAIT_SECONDS 20

/* A server that runs, and the name spaces where its mount is. */
struct house {
	struct hold_shared *shared;
	pid_t server;
	int user_ns, mount_ns;
};

struct hold {
	struct hold_shared *shared;
	struct house own; /* when none was kept */
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

/* The one that hold_possible() found to work: for the cells to come, which are children. */
static struct house kept;

/* The server in whose name space this process is, and its children will be. */
static pid_t inside;

static int open_name_space(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static const char *start(struct house *house)
{
	house->shared = mmap(NULL, sizeof(*house->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (house->shared == MAP_FAILED)
		return "memory for the server";
	fflush(NULL);
	house->server = fork();
	if (!house->server)
		hold_serve(house->shared);
	if (house->server < 0)
		return "starting the FUSE server";
	errno = ETIMEDOUT;
	if (gate_wait_change(&house->shared->mounted, HOLD_STARTING, WAIT_SECONDS) !=
	    HOLD_MOUNTED) {
		if (house->shared->error)
			errno = house->shared->error;
		return *house->shared->why ? house->shared->why : "mounting FUSE";
	}
	house->user_ns = geteuid() ? open_name_space(house->server, "user") : -1;
	house->mount_ns = open_name_space(house->server, "mnt");
	return NULL;
}

static void end(struct house *house)
{
	if (house->server > 0)
		child_end(house->server);
	if (house->shared && house->shared != MAP_FAILED)
		munmap(house->shared, sizeof(*house->shared));
	if (house->user_ns > 0)
		close(house->user_ns);
	if (house->mount_ns > 0)
		close(house->mount_ns);
	*house = (struct house){ 0 };
}

/*
 * A name space that was entered is not left, nor entered twice: for one's own user name
 * space that is EINVAL, and for a mount name space, too, while a thread shares our root
 * (even one that has been joined may be on its way out still).
 */
static bool join_name_space(const struct house *house)
{
	if (inside == house->server)
		return true;
	if (house->user_ns > 0 && setns(house->user_ns, CLONE_NEWUSER))
		return false;
	if (setns(house->mount_ns, CLONE_NEWNS))
		return false;
	inside = house->server;
	return true;
}

/* From here on this process sees the mount. */
static const char *enter(const struct house *house, char *path, size_t size)
{
	int fd;

	if (!join_name_space(house))
		return "the server's name space";
	snprintf(path, size, "%s/" HOLD_FILE, house->shared->dir);
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return "an O_DIRECT file on FUSE";
	close(fd);
	return NULL;
}

/*
 * Before a write the kernel asks for security.capability, until it has been
 * told once that there are none. Else that request is kept in place of the
 * write, with no page in hand.
 */
static const char *enter_first(const struct house *house, char *path, size_t size)
{
	const char *wrong = enter(house, path, size);
	int fd = wrong ? -1 : open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	bool ok = fd >= 0 && pwrite(fd, house->shared->device, STAMP_PAGE, 0) == STAMP_PAGE;

	if (fd >= 0)
		close(fd);
	return wrong || ok ? wrong : "an O_DIRECT write on FUSE";
}

/* NULL, or what is wrong with the one that was kept. */
static const char *use_kept(struct hold *hold)
{
	/* Ended with a cell that went wrong, it is not waited for. */
	if (kept.server <= 0 || kill(kept.server, 0))
		return "it has ended";
	hold->shared = kept.shared;
	return enter(&kept, hold->path, sizeof(hold->path));
}

static const char *use_own(struct hold *hold)
{
	const char *wrong = start(&hold->own);

	hold->shared = hold->own.shared;
	return wrong ? wrong : enter_first(&hold->own, hold->path, sizeof(hold->path));
}

struct hold *hold_open(void)
{
	struct hold *hold = calloc(1, sizeof(*hold));
	const char *first, *wrong;

	if (!hold)
		fail("memory");
	first = use_kept(hold);
	wrong = first ? use_own(hold) : NULL;
	if (wrong)
		fail("%s (and of the server that was kept: %s)", wrong, first);
	gate_set(&hold->shared->step, HOLD_IDLE);
	memset(hold->shared->device, 0, HOLD_MAX);
	return hold;
}

void hold_close(struct hold *hold)
{
	if (hold->running)
		hold_release(hold);
	/* Its death closes /dev/fuse, which ends the mount's connection. */
	if (hold->own.server)
		end(&hold->own);
	free(hold);
}

/* What is wrong with a server that runs, told by a child: it enters, and ends. */
static bool try(const struct house *house, char *why, size_t size)
{
	char path[PATH_MAX];
	const char *wrong;
	int tell[2], got;
	pid_t probe;

	if (pipe2(tell, O_CLOEXEC)) {
		snprintf(why, size, "pipe: %s", strerror(errno));
		return false;
	}
	fflush(NULL);
	probe = fork();
	if (!probe) {
		child_bind();
		wrong = enter_first(house, path, sizeof(path));
		if (wrong)
			dprintf(tell[1], "%s: %s", wrong, errno ? strerror(errno) : "refused");
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

bool hold_possible(char *why, size_t size)
{
	struct house house = { 0 };
	const char *wrong = start(&house);

	if (wrong)
		snprintf(why, size, "%s: %s", wrong, errno ? strerror(errno) : "refused");
	if (wrong || !try(&house, why, size)) {
		end(&house);
		return false;
	}
	kept = house;
	child_spare(kept.server);
	return true;
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
	hold->shared->user = getpid();
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
