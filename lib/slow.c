// SPDX-License-Identifier: GPL-2.0-or-later
#include "slow.h"
#include "child.h"
#include "fail.h"
#include "knob.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD_SECONDS 8u /* at most, if nobody lifts the limit: less than a test may be silent */
#define LEAST	     2u /* io.max takes no 1 */

struct slow {
	char parent[PATH_MAX - 64], group[PATH_MAX - 32];
	bool v2, joined;
	int fd, file;
	dev_t device;
};

static bool has_word(const char *path, const char *word)
{
	char text[256] = "", *at, *rest;
	FILE *file = fopen(path, "re");
	bool found = false;

	if (file && fgets(text, sizeof(text), file))
		for (at = strtok_r(text, " \n", &rest); at; at = strtok_r(NULL, " \n", &rest))
			found |= !strcmp(at, word);
	if (file)
		fclose(file);
	return found;
}

/* Where groups that throttle can be made: version 2 first. */
static bool find_controller(struct slow *slow)
{
	char line[PATH_MAX + 600], path[PATH_MAX - 64], type[32], options[512], file[PATH_MAX];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %4031s %31s %511s", path, type, options) != 3)
			continue;
		slow->v2 = !strcmp(type, "cgroup2");
		snprintf(file, sizeof(file), "%s/cgroup.subtree_control", path);
		found = slow->v2 ? has_word(file, "io")
				 : !strcmp(type, "cgroup") && strstr(options, "blkio");
		if (found)
			snprintf(slow->parent, sizeof(slow->parent), "%s", path);
	}
	if (mounts)
		fclose(mounts);
	return found;
}

/* A loop device over FILE; -1 with errno. */
static int loop_device(int file, size_t len)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), loop = -1, direct;
	struct loop_config config = { .fd = file, .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	char path[32];

	for (int tries = 0; file >= 0 && control >= 0 && loop < 0 && tries < 20; tries++) {
		if (ftruncate(file, len))
			break;
		snprintf(path, sizeof(path), "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
		loop = open(path, O_RDWR | O_CLOEXEC);
		if (loop < 0 || !ioctl(loop, LOOP_CONFIGURE, &config))
			break;
		close(loop); /* somebody else was faster: EBUSY */
		loop = -1;
	}
	if (control >= 0)
		close(control);
	if (loop < 0)
		return -1;
	direct = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	close(loop);
	return direct;
}

static bool limit(struct slow *slow, unsigned int bytes_a_second)
{
	char path[PATH_MAX], value[16] = "max";
	unsigned int major = major(slow->device), minor = minor(slow->device);

	if (slow->v2) {
		if (bytes_a_second)
			snprintf(value, sizeof(value), "%u", bytes_a_second);
		snprintf(path, sizeof(path), "%s/io.max", slow->group);
		return knob_write(path, "%u:%u rbps=%s wbps=%s", major, minor, value, value);
	}
	snprintf(path, sizeof(path), "%s/blkio.throttle.read_bps_device", slow->group);
	if (!knob_write(path, "%u:%u %u", major, minor, bytes_a_second)) /* 0: no limit */
		return false;
	snprintf(path, sizeof(path), "%s/blkio.throttle.write_bps_device", slow->group);
	return knob_write(path, "%u:%u %u", major, minor, bytes_a_second);
}

static bool join(const char *group)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	return knob_write(path, "0");
}

/* NULL, or what was wrong with errno. */
static const char *start(struct slow *slow, size_t len)
{
	static unsigned int number; /* a child of the last round may still be in its group */
	struct stat st;

	errno = 0;
	if (!find_controller(slow))
		return "no cgroup hierarchy throttles block devices (io of version 2, blkio)";
	slow->file = res_scratch_file(0);
	slow->fd = loop_device(slow->file, len);
	if (slow->fd < 0 || fstat(slow->fd, &st))
		return "a loop device";
	slow->device = st.st_rdev;
	snprintf(slow->group, sizeof(slow->group), "%s/lostwrite-slow-%d-%u", slow->parent,
		 getpid(), number++);
	if (!res_mkdir(slow->group))
		return res_why();
	if (!limit(slow, LEAST) || !limit(slow, 0))
		return "a limit for a loop device (CONFIG_BLK_DEV_THROTTLING)";
	slow->joined = join(slow->group);
	return slow->joined ? NULL : "joining a cgroup";
}

static void stop(struct slow *slow)
{
	if (slow->fd >= 0)
		close(slow->fd);
	if (slow->file >= 0)
		close(slow->file);
	if (slow->joined)
		join(slow->parent);
	if (*slow->group)
		rmdir(slow->group); /* undo does not mind */
}

struct slow *slow_open(size_t len)
{
	struct slow *slow = calloc(1, sizeof(*slow));
	const char *wrong = slow ? start(slow, len) : "memory";

	if (wrong)
		fail("a throttled device: %s", wrong);
	return slow;
}

void slow_close(struct slow *slow)
{
	stop(slow);
	free(slow);
}

int slow_fd(const struct slow *slow)
{
	return slow->fd;
}

int slow_file(const struct slow *slow)
{
	return slow->file;
}

void slow_down(struct slow *slow, size_t len)
{
	if (!limit(slow, len / HELD_SECONDS + LEAST))
		fail("throttling %s", slow->group);
}

void slow_let_go(struct slow *slow)
{
	if (!limit(slow, 0))
		fail("lifting the limit of %s", slow->group);
}

bool slow_possible(char *why, size_t size)
{
	struct slow slow = { .fd = -1, .file = -1 };
	const char *wrong;
	int tell[2], got;
	pid_t probe;

	if (pipe2(tell, O_CLOEXEC)) {
		snprintf(why, size, "pipe: %s", strerror(errno));
		return false;
	}
	fflush(NULL);
	probe = fork(); /* a cgroup joined is easily left by dying in it */
	if (!probe) {
		child_bind();
		res_own("a throttled disk, to see whether there can be one");
		wrong = start(&slow, 65536);
		if (wrong)
			dprintf(tell[1], "%s%s%s", wrong, errno ? ": " : "",
				errno ? strerror(errno) : "");
		stop(&slow);
		res_undo(stderr);
		_exit(0);
	}
	close(tell[1]);
	got = probe < 0 ? -1 : read(tell[0], why, size - 1);
	close(tell[0]);
	if (probe > 0)
		waitpid(probe, NULL, 0);
	why[got > 0 ? got : 0] = '\0';
	return !got;
}

const char *slow_remedy(void)
{
	return "run as root with the loop module, and cgroup2 with 'io' in the root's "
	       "cgroup.subtree_control (echo +io), or the blkio controller of version 1";
}
