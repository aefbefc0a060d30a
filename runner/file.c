// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_FIRST 4096 /* /proc/sys has a buffer made and cleared for all that is asked for */
#define FILE_MAX   (1 << 20)

char *file_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = FILE_FIRST, len = 0;
	char *text;
	ssize_t got;

	if (fd < 0)
		return NULL;
	text = mem_zero(1, size + 1);
	while (len < size && (got = read(fd, text + len, size - len)) > 0) {
		len += got;
		if (len == size && size < FILE_MAX)
			text = mem_grow(text, (size *= 4) + 1, 1);
	}
	close(fd);
	text[len] = '\0';
	return mem_grow(text, len + 1, 1);
}

char *file_line(const char *path)
{
	char *text = file_text(path);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

bool file_write_all(int fd, const char *data, size_t len)
{
	ssize_t done;

	while (len) {
		done = write(fd, data, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		data += done;
		len -= done;
	}
	return true;
}

static void forget(struct file_new *f)
{
	int saved = errno;

	unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	errno = saved;
}

bool file_begin(struct file_new *f, const char *path)
{
	*f = (struct file_new){ .path = mem_copy(path), .temporary = mem_text("%s.new", path) };
	f->out = fopen(f->temporary, "we");
	if (f->out) /* nobody else writes to it: locks for each word would cost a third */
		__fsetlocking(f->out, FSETLOCKING_BYCALLER);
	else
		forget(f);
	return f->out;
}

bool file_commit(struct file_new *f)
{
	bool ok = !ferror(f->out) && !fflush(f->out) && !fsync(fileno(f->out));
	int saved = errno;

	fclose(f->out);
	errno = saved;
	ok = ok && !rename(f->temporary, f->path);
	forget(f);
	return ok;
}

bool file_replace(const char *path, const char *data, size_t len)
{
	struct file_new f;

	if (!file_begin(&f, path))
		return false;
	fwrite(data, 1, len, f.out);
	return file_commit(&f);
}
