// SPDX-License-Identifier: GPL-2.0-or-later
#include "disks.h"

#include "anon.h"
#include "mem.h"
#include "refuse.h"
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MB	(1024 * 1024)
#define FREE_MB 512 /* what a run may well write */
#define EXT4_FOR_ALL                                                              \
	"none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit," \
	"flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

const char *const disks_names[DISKS] = { "swap", "scratch", "raw", "slow" };
static const off_t sizes[DISKS] = { 512, 1024, 64, 64 };

static bool has_space(const char *dir)
{
	struct statvfs fs;
	unsigned long long mb;

	if (statvfs(dir, &fs))
		return refuse("cannot look for space in %s: %s", dir, strerror(errno));
	mb = (unsigned long long)fs.f_bavail * fs.f_frsize / MB;
	return mb >= FREE_MB ||
	       refuse("only %llu MB are free in %s, a guest's disks need %d; set XDG_CACHE_HOME "
		      "to a directory with more space",
		      mb, dir, FREE_MB);
}

/* With the features that also the oldest kernels know. */
static bool make_ext4(int fd)
{
	char *path = mem_text("/proc/%d/fd/%d", getpid(), fd);
	bool ok = script_run((const char *[]){
		"mke2fs", "-q", "-F", "-t", "ext4", "-O", EXT4_FOR_ALL, "-E",
		"lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-m", "0", path, NULL });

	free(path);
	return ok;
}

bool disks_open(struct disks *d, const char *dir)
{
	for (int i = 0; i < DISKS; i++)
		d->fd[i] = -1;
	if (!has_space(dir))
		return false;
	for (int i = 0; i < DISKS; i++) {
		d->fd[i] = anon_file(dir, sizes[i] * MB);
		if (d->fd[i] < 0)
			return refuse("cannot make the guest's disks in %s: %s", dir,
				      strerror(errno));
	}
	return make_ext4(d->fd[DISK_SCRATCH]);
}

void disks_close(struct disks *d)
{
	for (int i = 0; i < DISKS; i++)
		if (d->fd[i] >= 0)
			close(d->fd[i]);
}

bool disks_keep(const struct disks *d, const char *dir)
{
	bool ok = true;
	char *path;

	for (int i = 0; i < DISKS; i++) {
		path = mem_text("%s/%s.img", dir, disks_names[i]);
		ok &= anon_keep(d->fd[i], path);
		free(path);
	}
	return ok;
}
