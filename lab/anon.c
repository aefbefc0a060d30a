// SPDX-License-Identifier: GPL-2.0-or-later
#include "anon.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not every file system has files without a name from the start. */
static int named_first(const char *dir)
{
	char *path = mem_text("%s/.anon.XXXXXX", dir);
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

int anon_file(const char *dir, off_t size)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
		fd = named_first(dir);
	if (fd >= 0 && ftruncate(fd, size)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool copy(int to, int from)
{
	ssize_t done;

	do {
		done = sendfile(to, from, NULL, 1 << 30);
	} while (done > 0);
	return !done;
}

bool anon_append(int fd, const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), saved;
	bool ok = from >= 0 && lseek(fd, 0, SEEK_END) >= 0 && copy(fd, from);

	saved = errno;
	if (from >= 0)
		close(from);
	errno = saved;
	return ok;
}

bool anon_keep(int fd, const char *path)
{
	char *link = mem_text("/proc/self/fd/%d", fd);
	bool ok = !linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	int to;

	free(link);
	if (ok)
		return true;
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return false;
	ok = lseek(fd, 0, SEEK_SET) == 0 && copy(to, fd);
	close(to);
	return ok;
}
