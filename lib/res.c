// SPDX-License-Identifier: GPL-2.0-or-later
#include "res.h"
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/vfs.h>
#include <unistd.h>

static char why[512];
static int lock_fd = -1;

const char *res_why(void)
{
	return why;
}

__attribute__((format(printf, 1, 2))) static bool refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return false;
}

const char *res_state_dir(void)
{
	static char dir[PATH_MAX - 64];
	const char *set = getenv("LOSTWRITE_STATE"), *run = getenv("XDG_RUNTIME_DIR");

	if (set && *set)
		return set;
	if (!geteuid())
		return "/var/lib/lostwrite";
	if (run && *run)
		snprintf(dir, sizeof(dir), "%s/lostwrite", run);
	else
		snprintf(dir, sizeof(dir), "/tmp/lostwrite-%u", geteuid());
	return dir;
}

bool res_state_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", res_state_dir(), name);
	return undo_directory(res_state_dir()) && undo_directory(path);
}

const char *res_scratch_dir(void)
{
	const char *set = getenv("LOSTWRITE_SCRATCH");

	return set && *set ? set : "/var/tmp";
}

void res_own(const char *what)
{
	static char reason[sizeof(why)];

	/* A failure shows when the first change is asked for: that one is refused. */
	if (!undo_open(res_state_dir(), what, reason, sizeof(reason)))
		refuse("%s", reason);
}

static bool log_step(const char *kind, const char *path, const char *value)
{
	return undo_add(kind, path, value, why, sizeof(why));
}

static int holder(void)
{
	char text[32] = "";
	ssize_t got = pread(lock_fd, text, sizeof(text) - 1, 0);

	return got > 0 ? atoi(text) : 0;
}

bool res_lock(unsigned int seconds)
{
	char path[PATH_MAX];
	int fd;

	if (lock_fd >= 0)
		return true;
	snprintf(path, sizeof(path), "%s/machine.lock", res_state_dir());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse("cannot open %s: %s", path, strerror(errno));
	lock_fd = fd;
	for (unsigned int tenths = 0; flock(lock_fd, LOCK_EX | LOCK_NB); tenths++) {
		if (tenths >= seconds * 10) {
			refuse("another lostwrite (pid %d) has changed this machine; wait for it",
			       holder());
			close(lock_fd);
			lock_fd = -1;
			return false;
		}
		usleep(100000);
	}
	if (ftruncate(lock_fd, 0) || dprintf(lock_fd, "%d\n", getpid()) < 0)
		return refuse("cannot write %s: %s", path, strerror(errno));
	return true;
}

#define LOCK_SECONDS 5 /* less than a test may be silent */

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
		return refuse("%s: %s; set LOSTWRITE_SCRATCH to a directory on a disk", dir,
			      strerror(errno));
	if (!swaps_on(fs.f_type))
		return refuse("the file system of %s cannot hold a swap file; set "
			      "LOSTWRITE_SCRATCH to a directory on ext4, xfs or btrfs",
			      dir);
	if ((uint64_t)fs.f_bavail * fs.f_bsize < bytes + (16 << 20))
		return refuse("%s has less than %zu MB free for a swap file; set "
			      "LOSTWRITE_SCRATCH to a directory with room",
			      dir, (bytes >> 20) + 16);
	return true;
}

/* mkswap(8) in short: version 1, the last usable page, the magic at the end of page 0. */
static bool write_swap_header(int fd, size_t bytes)
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

static bool make_swap_file(const char *path, size_t bytes)
{
	int flags, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return refuse("cannot make the swap file %s: %s", path, strerror(errno));
	/* btrfs takes swap files only without copy on write, said while they are empty. */
	if (!ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_NOCOW_FL;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	ok = !fallocate(fd, 0, 0, bytes) && write_swap_header(fd, bytes);
	if (!ok)
		refuse("cannot fill the swap file %s: %s", path, strerror(errno));
	close(fd);
	return ok;
}

static char swap_path[PATH_MAX]; /* children know it by inheritance */

static bool switch_on(const char *path)
{
	/* The highest priority: what we page out goes here and not to a zram of the user's. */
	if (!swapon(path, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK))
		return true;
	return refuse("swapon %s: %s%s", path, strerror(errno),
		      errno == EINVAL ? "; set LOSTWRITE_SCRATCH to a directory on ext4" : "");
}

bool res_swap_cycle(void)
{
	if (!*swap_path)
		return refuse("no swap file of ours is active");
	while (swapoff(swap_path))
		if (errno !=
		    EINTR) /* work for the task, which signals it: try_to_unuse() gives up */
			return refuse("swapoff %s: %s", swap_path, strerror(errno));
	return switch_on(swap_path);
}

bool res_swap_file(size_t bytes)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lostwrite-%d.swap", res_scratch_dir(), getpid());
	if (!res_swap_possible(bytes) || !res_lock(LOCK_SECONDS) ||
	    !log_step("unlink", path, NULL) || !make_swap_file(path, bytes))
		return false;
	if (!log_step("swapoff", path, NULL))
		return false;
	snprintf(swap_path, sizeof(swap_path), "%s", path);
	return switch_on(path);
}

/* Of "always [madvise] never" the knob's value is the word in brackets. */
static void chosen_word(char *text)
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = '\0';
	memmove(text, open + 1, end - open);
}

bool res_write(const char *path, const char *value)
{
	char old[256];
	ssize_t got;
	bool ok;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return refuse("%s: %s", path, strerror(errno));
	got = read(fd, old, sizeof(old) - 1);
	if (got < 0) {
		close(fd);
		return refuse("%s: %s", path, strerror(errno));
	}
	old[got] = '\0';
	old[strcspn(old, "\n")] = '\0';
	chosen_word(old);
	ok = !strcmp(old, value);
	if (!ok && res_lock(LOCK_SECONDS) && log_step("write", path, old)) {
		ok = pwrite(fd, value, strlen(value), 0) == (ssize_t)strlen(value) ||
		     (errno == ESPIPE && /* debugfs */
		      write(fd, value, strlen(value)) == (ssize_t)strlen(value));
		if (!ok)
			refuse("cannot write '%s' to %s: %s", value, path, strerror(errno));
	}
	close(fd);
	return ok;
}

bool res_mkdir(const char *path)
{
	/* Not ours: undo would empty it. */
	if (!access(path, F_OK))
		return refuse("%s exists", path);
	if (!log_step("rmdir", path, NULL))
		return false;
	if (mkdir(path, 0755))
		return refuse("cannot make %s: %s", path, strerror(errno));
	return true;
}

bool res_file(const char *path)
{
	return log_step("unlink", path, NULL);
}

int res_undo(FILE *err)
{
	int failed = undo_own(err);

	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
	return failed;
}

int res_undo_stale(FILE *out, FILE *err)
{
	return undo_dead(res_state_dir(), out, err);
}
