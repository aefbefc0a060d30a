// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "hold.h"
#include "child.h"
#include "fail.h"
#include "stamp.h"

#include <errno.h>
#include <fcntl.h>
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

#define WAIT_SECONDS 20

/* A process that serves, and what it shares with us. */
struct server {
	struct hold_shared *shared;
	pid_t pid;
};

struct hold {
	struct hold_shared *shared;
	struct server own; /* when none was kept */
	char path[HOLD_PATH];
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
static struct server kept;

static const char *start(struct server *server)
{
	server->shared = mmap(NULL, sizeof(*server->shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (server->shared == MAP_FAILED)
		return "memory for the server";
	fflush(NULL);
	server->pid = fork();
	if (!server->pid)
		hold_serve(server->shared);
	if (server->pid < 0)
		return "starting the FUSE server";
	errno = ETIMEDOUT;
	if (gate_wait_change(&server->shared->mounted, HOLD_STARTING, WAIT_SECONDS) == HOLD_MOUNTED)
		return NULL;
	if (server->shared->error)
		errno = server->shared->error;
	return server->shared->why ? server->shared->why : "mounting FUSE";
}

static void end(struct server *server)
{
	if (server->pid > 0)
		child_end(server->pid);
	if (server->shared && server->shared != MAP_FAILED)
		munmap(server->shared, sizeof(*server->shared));
	*server = (struct server){ 0 };
}

/*
 * The mount is in the server's name space alone. Its file is reached through the
 * server's root, which also holds in a chroot: to join the name space would lead
 * to that name space's own root, where the chroot's names mean nothing.
 */
static const char *find(const struct server *server, char *path)
{
	int fd;

	snprintf(path, HOLD_PATH, "/proc/%d/root%s/" HOLD_FILE, server->pid, server->shared->dir);
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0) {
		server->shared->remedy = "mount /proc, and let the user look into his own "
					 "processes (/proc/PID/root)";
		return path;
	}
	close(fd);
	return NULL;
}

/*
 * Before a write the kernel asks for security.capability, until it has been
 * told once that there are none. Else that request is kept in place of the
 * write, with no page in hand.
 */
static const char *find_first(const struct server *server, char *path)
{
	const char *wrong = find(server, path);
	int fd = wrong ? -1 : open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	bool ok = fd >= 0 && pwrite(fd, server->shared->device, STAMP_PAGE, 0) == STAMP_PAGE;

	if (fd >= 0)
		close(fd);
	return wrong || ok ? wrong : "an O_DIRECT write on FUSE";
}

/* NULL, or what is wrong with the one that was kept. */
static const char *use_kept(struct hold *hold)
{
	/* Ended with a cell that went wrong, it is not waited for. */
	if (kept.pid <= 0 || kill(kept.pid, 0))
		return "it has ended";
	hold->shared = kept.shared;
	return find(&kept, hold->path);
}

static const char *use_own(struct hold *hold)
{
	const char *wrong = start(&hold->own);

	hold->shared = hold->own.shared;
	return wrong ? wrong : find_first(&hold->own, hold->path);
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
	if (hold->own.pid)
		end(&hold->own);
	free(hold);
}

static const char *remedy;

bool hold_possible(char *why, size_t size)
{
	struct server server = { 0 };
	char path[HOLD_PATH];
	const char *wrong = start(&server);

	if (!wrong)
		wrong = find_first(&server, path);
	if (!wrong) {
		kept = server;
		child_spare(kept.pid);
		return true;
	}
	snprintf(why, size, "%s: %s", wrong, errno ? strerror(errno) : "refused");
	if (server.shared && server.shared != MAP_FAILED)
		remedy = server.shared->remedy;
	end(&server);
	return false;
}

const char *hold_remedy(void)
{
	return remedy ? remedy : "modprobe fuse";
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
