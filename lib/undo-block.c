// SPDX-License-Identifier: GPL-2.0-or-later
#include "undo-block.h"
#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dm-ioctl.h>
#include <linux/loop.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE 2000 /* ms: who uses a device may need a moment to let it go */

static int unless_gone(int error)
{
	return error == ENOENT || error == ENXIO || error == ENODEV || error == EINVAL ? 0 : -error;
}

static bool busy(int error, const struct deadline *d)
{
	return error == EBUSY && deadline_wait(d);
}

int undo_umount(const char *dir, const char *value)
{
	struct deadline d = deadline_in(PATIENCE);
	int error;

	do
		error = umount2(dir, 0) ? errno : 0;
	while (busy(error, &d));
	return unless_gone(error);
}

/* The first line of /sys/block/NAME/FILE of /dev/NAME. */
static bool sys_block(const char *device, const char *file, char *text, int size)
{
	const char *name = strrchr(device, '/');
	char path[PATH_MAX];
	FILE *from;
	bool ok;

	snprintf(path, sizeof(path), "/sys/block/%s/%s", name ? name + 1 : device, file);
	from = fopen(path, "re");
	ok = from && fgets(text, size, from);
	if (from)
		fclose(from);
	if (ok)
		text[strcspn(text, "\n")] = '\0';
	return ok;
}

int undo_loop(const char *device, const char *file)
{
	struct deadline d = deadline_in(PATIENCE);
	char over[PATH_MAX];
	int fd, error;

	/* " (deleted)" may follow. */
	if (!sys_block(device, "loop/backing_file", over, sizeof(over)) ||
	    strncmp(over, file, strlen(file)) != 0)
		return 0;
	fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return unless_gone(errno);
	do
		error = ioctl(fd, LOOP_CLR_FD) ? errno : 0;
	while (busy(error, &d));
	close(fd);
	return unless_gone(error);
}

int undo_zram(const char *device, const char *bytes)
{
	const char *number = device + strcspn(device, "0123456789");
	struct deadline d = deadline_in(PATIENCE);
	char size[32];
	int fd, error;

	if (!sys_block(device, "disksize", size, sizeof(size)) ||
	    (strcmp(size, "0") != 0 && strcmp(size, bytes) != 0))
		return 0;
	fd = open("/sys/class/zram-control/hot_remove", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return unless_gone(errno);
	do
		error = write(fd, number, strlen(number)) < 0 ? errno : 0;
	while (busy(error, &d));
	close(fd);
	return unless_gone(error);
}

int undo_dm(const char *name, const char *value)
{
	struct dm_ioctl dm = { .version = { DM_VERSION_MAJOR, 0, 0 },
			       .data_size = sizeof(dm),
			       .data_start = sizeof(dm) };
	struct deadline d = deadline_in(PATIENCE);
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return unless_gone(errno);
	snprintf(dm.name, sizeof(dm.name), "%s", name);
	do
		error = ioctl(fd, DM_DEV_REMOVE, &dm) ? errno : 0;
	while (busy(error, &d));
	close(fd);
	return unless_gone(error);
}

int undo_module(const char *name, const char *value)
{
	/* In use means that somebody else likes it, ENOSYS a kernel without modules. */
	if (!syscall(SYS_delete_module, name, O_NONBLOCK) || errno == EWOULDBLOCK ||
	    errno == EBUSY || errno == ENOSYS)
		return 0;
	return unless_gone(errno);
}
