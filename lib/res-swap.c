// SPDX-License-Identifier: GPL-2.0-or-later
/* A plain swap file, and what all swap of ours is made of. */
#include "res-impl.h"
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/swap.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool swaps_on(long type)
{
	/* Their swap_activate() is missing, or reclaim through them may deadlock. */
	static const long refused[] = { TMPFS_MAGIC, RAMFS_MAGIC,     OVERLAYFS_SUPER_MAGIC,
					V9FS_MAGIC,  NFS_SUPER_MAGIC, FUSE_SUPER_MAGIC,
					0x2fc12fc1 /* ZFS */ };

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if ((unsigned int)type == (unsigned int)refused[i])
			return false;
	return true;
}

bool res_swap_possible(size_t bytes)
{
	const char *dir = res_scratch_dir();
	struct statfs fs;

	if (statfs(dir, &fs))
		return res_refuse("%s: %s; set LOSTWRITE_SCRATCH to a directory on a disk", dir,
				  strerror(errno));
	if (!swaps_on(fs.f_type))
		return res_refuse("the file system of %s cannot hold a swap file; set "
				  "LOSTWRITE_SCRATCH to a directory on ext4, xfs or btrfs",
				  dir);
	if ((uint64_t)fs.f_bavail * fs.f_bsize < bytes + (16 << 20))
		return res_refuse("%s has less than %zu MB free for a swap file; set "
				  "LOSTWRITE_SCRATCH to a directory with room",
				  dir, (bytes >> 20) + 16);
	return true;
}

/* mkswap(8) in short: version 1, the last usable page, the magic at the end of page 0. */
bool res_swap_header(int fd, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *header = calloc(1, page);
	uint32_t info[2] = { 1, bytes / page - 1 };
	bool ok;

	if (!header)
		return false;
	memcpy(header + 1024, info, sizeof(info));
	memcpy(header + page - 10, "SWAPSPACE2", 10);
	ok = pwrite(fd, header, page, 0) == (ssize_t)page && !fsync(fd);
	free(header);
	return ok;
}

bool res_make_swap_file(const char *path, size_t bytes)
{
	int flags, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return res_refuse("cannot make the swap file %s: %s", path, strerror(errno));
	/* btrfs takes swap files only without copy on write, said while they are empty. */
	if (!ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_NOCOW_FL;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	ok = !fallocate(fd, 0, 0, bytes) && res_swap_header(fd, bytes);
	if (!ok)
		res_refuse("cannot fill the swap file %s: %s", path, strerror(errno));
	close(fd);
	return ok;
}

#define AREAS 2

/* What is switched on; children know it by inheritance. */
static struct area {
	char path[PATH_MAX];
	int flags;
} areas[AREAS];
static unsigned int area_count;

static bool switch_on(const struct area *area)
{
	if (!say(swapon(area->path, area->flags)))
		return true;
	return res_refuse("swapon %s: %s%s", area->path, strerror(errno),
			  errno == EINVAL ? "; set LOSTWRITE_SCRATCH to a directory on ext4" : "");
}

bool res_swap_on(const char *path, unsigned int below, bool discard)
{
	struct area *area = &areas[area_count];

	if (area_count == AREAS)
		return res_refuse("more than %d swaps", AREAS);
	snprintf(area->path, sizeof(area->path), "%s", path);
	/* The highest priority: what we page out goes here and not to a zram of the user's. */
	area->flags = SWAP_FLAG_PREFER | (SWAP_FLAG_PRIO_MASK - below) |
		      (discard ? SWAP_FLAG_DISCARD : 0);
	if (!res_step("swapoff", path, NULL) || !switch_on(area))
		return false;
	area_count++;
	return true;
}

/*
 * A signal or task work of our own (io_uring) interrupts it, and a machine that
 * is short of memory for a moment refuses; what is still out is tried again.
 */
static bool switch_off(const struct area *area)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (!say(swapoff(area->path)))
			return true;
		if (errno != EINTR && errno != ENOMEM)
			break;
		if (errno == ENOMEM && tries % 10 == 9)
			usleep(10000);
	}
	return res_refuse("swapoff %s: %s", area->path, strerror(errno));
}

void res_swap_forget(void)
{
	area_count = 0;
}

bool res_swap_switch(bool on)
{
	if (!area_count)
		return res_refuse("no swap of ours is active");
	for (unsigned int i = 0; i < area_count; i++)
		if (on ? !switch_on(&areas[i]) : !switch_off(&areas[i]))
			return false;
	return true;
}

bool res_swap_cycle(void)
{
	return res_swap_switch(false) && res_swap_switch(true);
}

/* /proc/swaps may show but the end of a path: mount namespaces come and go. */
static bool is_area(const char *path)
{
	size_t len = strlen(path), name;

	for (unsigned int i = 0; i < area_count; i++) {
		name = strlen(strrchr(areas[i].path, '/'));
		if (len >= name && !strcmp(path + len - name, strrchr(areas[i].path, '/')))
			return true;
	}
	return false;
}

static void look(size_t *size, size_t *used)
{
	char line[PATH_MAX + 128], path[PATH_MAX];
	size_t all, kb;
	FILE *swaps = fopen("/proc/swaps", "re");

	*size = *used = 0;
	while (swaps && fgets(line, sizeof(line), swaps))
		if (sscanf(line, "%4095s %*s %zu %zu", path, &all, &kb) == 3 && is_area(path)) {
			*size += all << 10;
			*used += kb << 10;
		}
	if (swaps)
		fclose(swaps);
}

size_t res_swap_used(void)
{
	size_t size, used;

	look(&size, &used);
	return used;
}

size_t res_swap_left(void)
{
	size_t size, used;

	look(&size, &used);
	return size - used;
}

bool res_swap_file(size_t bytes)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lostwrite-%d.swap", res_scratch_dir(), getpid());
	return res_swap_possible(bytes) && res_lock(LOCK_SECONDS) &&
	       res_step("unlink", path, NULL) && res_make_swap_file(path, bytes) &&
	       res_swap_on(path, 0, false);
}
