// SPDX-License-Identifier: GPL-2.0-or-later
#include "capped.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool capped_open(struct capped *c, const char *path)
{
	struct stat st;

	c->left = 0;
	c->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (c->fd < 0 || fstat(c->fd, &st))
		return false;
	if (st.st_size < (off_t)CAPPED_MAX)
		c->left = CAPPED_MAX - st.st_size;
	else
		capped_close(c);
	return true;
}

void capped_write(struct capped *c, const char *data, size_t len)
{
	size_t part = len < c->left ? len : c->left;

	if (c->fd < 0)
		return;
	c->left -= part;
	if (!file_write_all(c->fd, data, part)) {
		dprintf(c->fd, "\n[lostwrite: the rest is missing: %s]\n", strerror(errno));
		capped_close(c);
	} else if (part < len) {
		dprintf(c->fd, "\n[lostwrite: the rest is left out, after %u MiB]\n",
			CAPPED_MAX >> 20);
		capped_close(c);
	}
}

void capped_close(struct capped *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}
