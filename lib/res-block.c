// SPDX-License-Identifier: GPL-2.0-or-later
#include "knob.h"
#include "res-impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOT_ADD "/sys/class/zram-control/hot_add"

bool res_image(const char *name, size_t bytes, char *path, size_t size)
{
	int fd;
	bool ok;

	snprintf(path, size, "%s/lostwrite-%d.%s", res_scratch_dir(), getpid(), name);
	if (!res_swap_possible(bytes) || !res_lock(LOCK_SECONDS) || !res_step("unlink", path, NULL))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd >= 0 && !ftruncate(fd, bytes);
	if (!ok)
		res_refuse("cannot make %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static int try_loop(int control, int file, const char *path, char *device, size_t size)
{
	int number = ioctl(control, LOOP_CTL_GET_FREE), fd, error;

	if (number < 0)
		return errno;
	snprintf(device, size, "/dev/loop%d", number);
	if (!res_step("loop", device, path))
		return EIO;
	fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = ioctl(fd, LOOP_SET_FD, file) ? errno : 0;
	close(fd);
	return error;
}

/* Some files cannot; then it is buffered, as on kernels that fall back by themselves. */
static void try_direct(const char *device)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		ioctl(fd, LOOP_SET_DIRECT_IO, 1L);
		close(fd);
	}
}

bool res_loop(const char *path, bool direct, char *device, size_t size)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), error = EBUSY,
	    file = open(path, O_RDWR | O_CLOEXEC);

	if (control < 0 || file < 0 || !res_lock(LOCK_SECONDS))
		error = control < 0 || file < 0 ? errno : EBUSY;
	else /* somebody else may be faster with the same number */
		for (int tries = 0; tries < 8 && error == EBUSY; tries++)
			error = try_loop(control, file, path, device, size);
	if (control >= 0)
		close(control);
	if (file >= 0)
		close(file);
	if (error)
		return res_refuse("no loop device over %s: %s; use a kernel with "
				  "CONFIG_BLK_DEV_LOOP",
				  path, strerror(error));
	if (direct)
		try_direct(device);
	return true;
}

/* PROGRAM ARGS with its output thrown away; its status, -1 if it could not be run. */
static int run(const char *const args[])
{
	static const char *const places[] = { "/sbin/", "/usr/sbin/", "/bin/", "/usr/bin/" };
	char path[PATH_MAX];
	int status, null;
	pid_t pid = fork();

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		for (int i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "%s%s", places[i], args[0]);
			execv(path, (char *const *)args);
		}
		execvp(args[0], (char *const *)args);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

bool res_module(const char *module)
{
	const char *args[] = { "modprobe", module, NULL };

	return res_step("module", module, NULL) && !run(args);
}

/* hot_add takes the lowest number that is free, and only tells it afterwards. */
static int next_zram(void)
{
	char path[64];
	int number = -1;

	do
		snprintf(path, sizeof(path), "/sys/block/zram%d", ++number);
	while (!access(path, F_OK));
	return number;
}

bool res_block_set(const char *device, const char *file, const char *value)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/block/%s/%s", device + strlen("/dev/"), file);
	return knob_write(path, "%s", value) ||
	       res_refuse("cannot write '%s' to %s: %s", value, path, strerror(errno));
}

bool res_zram(const char *algorithm, const char *backing, size_t bytes, char *device, size_t size)
{
	char number[16] = "", limit[32];
	int fd;

	snprintf(limit, sizeof(limit), "%zu", bytes);
	if (!res_lock(LOCK_SECONDS))
		return false;
	if (access(HOT_ADD, F_OK) && !res_module("zram"))
		return res_refuse("no zram in this kernel; use one with CONFIG_ZRAM");
	snprintf(device, size, "/dev/zram%d", next_zram());
	if (!res_step("zram", device, limit))
		return false;
	fd = open(HOT_ADD, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, number, sizeof(number) - 1) <= 0)
		return res_refuse("%s: %s", HOT_ADD, strerror(errno));
	close(fd);
	if (atoi(number) != atoi(device + strlen("/dev/zram"))) { /* others add theirs, too */
		snprintf(device, size, "/dev/zram%d", atoi(number));
		if (!res_step("zram", device, limit))
			return false;
	}
	if (algorithm && !res_block_set(device, "comp_algorithm", algorithm))
		return res_refuse("this kernel's zram has no compressor '%s'", algorithm);
	if (backing && !res_block_set(device, "backing_dev", backing))
		return res_refuse("this kernel's zram writes nothing back; use one with "
				  "CONFIG_ZRAM_WRITEBACK");
	return res_block_set(device, "disksize", limit);
}

bool res_make_fs(const char *device, const char *type, const char *package)
{
	char program[32];
	const char *args[] = { program, *type == 'e' ? "-q" : "-f", device, NULL };
	int status;

	snprintf(program, sizeof(program), "mkfs.%s", type);
	status = run(args);
	if (status < 0)
		return res_refuse("%s is missing; install the package %s", program, package);
	return !status || res_refuse("%s %s failed with status %d", program, device, status);
}

bool res_mount(const char *device, const char *type, char *dir, size_t size)
{
	snprintf(dir, size, "%s/lostwrite-%d.mount", res_scratch_dir(), getpid());
	if (!res_mkdir(dir) || !res_step("umount", dir, NULL))
		return false;
	if (!mount(device, dir, type, MS_NOATIME, NULL))
		return true;
	return res_refuse("cannot mount %s: %s; use a kernel with its file system", type,
			  strerror(errno));
}
