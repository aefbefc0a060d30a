// SPDX-License-Identifier: GPL-2.0-or-later
#include "memcg.h"
#include "child.h"
#include "fail.h"
#include "knob.h"
#include "limit.h"
#include "res.h"
#include "story.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_MS 100

static char group[PATH_MAX - 64]; /* children know it by inheritance */
static bool v2;

/* This process's own place below the v1 controller: "4:memory:/user.slice". */
static void own_place(char *place, size_t size)
{
	char line[512], *at;
	FILE *file = fopen("/proc/self/cgroup", "re");

	*place = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, ":memory:");
		line[strcspn(line, "\n")] = '\0';
		if (at && strcmp(at + 8, "/"))
			snprintf(place, size, "%s", at + 8);
	}
	if (file)
		fclose(file);
}

/* v2: the root, where all controllers work. v1: where the program is. */
static bool parent_of(const struct mntent *m, char *path, size_t size)
{
	char place[512];

	v2 = !strcmp(m->mnt_type, "cgroup2");
	if (v2)
		return snprintf(path, size, "%s", m->mnt_dir) < (int)size;
	if (strcmp(m->mnt_type, "cgroup") || !hasmntopt(m, "memory"))
		return false;
	own_place(place, sizeof(place));
	return snprintf(path, size, "%s%s", m->mnt_dir, place) < (int)size;
}

static bool gives_memory(const char *root)
{
	char path[PATH_MAX], word[64];
	bool found = !v2;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", root);
	file = fopen(path, "re");
	while (file && fscanf(file, "%63s", word) == 1)
		found |= !strcmp(word, "memory");
	if (file)
		fclose(file);
	return found;
}

static bool find_parent(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts)))
		found = parent_of(m, path, size) && gives_memory(path);
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Writes TEXT to a file of DIR; false with errno. */
static bool put(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];
	bool ok;
	int error;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ok = knob_write(path, "%s", text);
	error = errno;
	story("\"%s\" to %s: %s", text, name, ok ? "ok" : strerror(error));
	errno = error;
	return ok;
}

bool memcg_possible(char *why, size_t size)
{
	char parent[PATH_MAX - 128];

	if (!find_parent(parent, sizeof(parent))) {
		snprintf(why, size, "no cgroup gives the memory controller to its children");
		return false;
	}
	if (!access(parent, W_OK))
		return true;
	snprintf(why, size, "no cgroup can be made in %s", parent);
	return false;
}

const char *memcg_dir(void)
{
	return group;
}

/* One for all cells of a program: they run one after the other, each a child of it. */
static bool make_group(pid_t supervisor)
{
	char parent[PATH_MAX - 128];

	if (!find_parent(parent, sizeof(parent)))
		return res_refuse("no cgroup gives the memory controller to its children");
	snprintf(group, sizeof(group), "%s/lostwrite-memory-%d", parent, supervisor);
	if (!access(group, F_OK))
		return true;
	/* Asked first: a mkdir() that fails leaves a step in the undo log, for every cell. */
	if (access(parent, W_OK))
		res_refuse("no cgroup can be made in %s", parent);
	else if (res_mkdir(group))
		return true;
	group[0] = '\0';
	return false;
}

bool memcg_make(void)
{
	return make_group(getpid());
}

static int squeezer = -1; /* another process, that sets the limit when it is asked to */

static int squeeze(void)
{
	timer_t timer = limit_start(MOST_MS);
	int error = 0;

	if (!put(group, "memory.high", "0") && errno != EINTR)
		error = errno;
	limit_end(timer);
	if (!put(group, "memory.high", "max"))
		error = errno;
	return error;
}

/*
 * Before 5.19 there is but the limit: the writer reclaims until it is met or nothing
 * more is found. Who is over it, or faults while it stands, is put to sleep for seconds,
 * so it is not for us to write, and we sleep in the kernel until it is over. We cannot
 * leave for that moment: until 5.17 no task does that shares its io_context with a worker
 * of io_uring (blkcg_can_attach()). The fork comes before there is memory to share.
 */
static void start_squeezer(void)
{
	char root[sizeof(group)], word;
	int ends[2], error;
	pid_t pid;

	if (squeezer >= 0)
		close(squeezer); /* the last round's: it goes */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) || (pid = fork()) < 0)
		fail("a process that sets memory.high");
	squeezer = ends[!pid];
	close(ends[!!pid]);
	if (pid)
		return;
	child_bind();
	snprintf(root, sizeof(root), "%.*s", (int)(strrchr(group, '/') - group), group);
	if (!put(root, "cgroup.procs", "0"))
		fail("leaving %s", group);
	while (read(squeezer, &word, 1) == 1) {
		error = squeeze();
		if (write(squeezer, &error, sizeof(error)) != sizeof(error))
			break;
	}
	_exit(0);
}

void memcg_enter(void)
{
	char reclaim[PATH_MAX];

	if (!*group && !make_group(getppid()))
		fail("%s", res_why());
	snprintf(reclaim, sizeof(reclaim), "%s/memory.reclaim", group);
	if (v2 && access(reclaim, F_OK))
		start_squeezer();
	if (!put(group, "cgroup.procs", "0"))
		fail("entering %s", group);
}

static void ask_squeezer(void)
{
	if (write(squeezer, "", 1) != 1 || read(squeezer, &errno, sizeof(errno)) != sizeof(errno) ||
	    errno)
		fail("%s/memory.high", group);
}

static void reclaim(void)
{
	if (!v2) {
		if (!put(group, "memory.force_empty", "0") && errno != EBUSY && errno != EINTR)
			fail("%s/memory.force_empty", group);
		return;
	}
	/* More than there is: EAGAIN says that less was found. */
	if (!put(group, "memory.reclaim", "1G") && errno != EAGAIN && errno != EINTR)
		fail("%s/memory.reclaim", group);
}

void memcg_reclaim(void)
{
	timer_t timer;

	if (squeezer >= 0) {
		ask_squeezer();
		return;
	}
	/* It goes on for as long as it gets somewhere: for ever, where threads fault it all back. */
	timer = limit_start(MOST_MS);
	reclaim();
	limit_end(timer);
}
