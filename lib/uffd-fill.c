// SPDX-License-Identifier: GPL-2.0-or-later
#include "uffd-fill.h"
#include "fail.h"
#include "pagemap.h"
#include "story.h"
#include "uffd.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* Newer than the headers of some distributions we build on (linux/userfaultfd.h). */
#ifndef UFFD_FEATURE_MINOR_SHMEM
#define UFFD_FEATURE_MINOR_SHMEM   (1 << 10)
#define UFFDIO_REGISTER_MODE_MINOR ((__u64)1 << 2)
#define UFFDIO_CONTINUE		   _IOWR(UFFDIO, 0x07, struct continue_args)
#endif
#define FEATURE_MOVE	 (1 << 16)
#define CONTINUE_MODE_WP ((__u64)1 << 1)
#define MOVE		 _IOWR(UFFDIO, 0x05, struct move_args)
#define MOVE_TRIES	 100 /* of EAGAIN, for all pages: somebody has the page's lock */

struct move_args {
	uint64_t dst, src, len, mode;
	int64_t move;
};

static uint64_t features_of(enum uffd_fill how)
{
	return how == UFFD_FILL_CONTINUE ? UFFD_FEATURE_MINOR_SHMEM
	       : how == UFFD_FILL_MOVE	 ? FEATURE_MOVE
					 : 0;
}

bool uffd_fill_possible(enum uffd_fill how, char *why, size_t size)
{
	uint64_t wanted = features_of(how), has = uffd_features();

	if (has && (has & wanted) == wanted)
		return true;
	snprintf(why, size, "userfaultfd %s", has ? "without the feature" : "is not there");
	return false;
}

const char *uffd_fill_remedy(enum uffd_fill how)
{
	return how == UFFD_FILL_MOVE	   ? "use a kernel from 6.8 on"
	       : how == UFFD_FILL_CONTINUE ? "use a kernel from 5.14 on"
					   : "use a kernel with CONFIG_USERFAULTFD, as root";
}

static void register_mode(int fd, void *at, size_t len, uint64_t mode)
{
	struct uffdio_register range = { .range = { .start = (uintptr_t)at, .len = len },
					 .mode = mode };

	if (say(ioctl(fd, UFFDIO_REGISTER, &range)))
		fail("UFFDIO_REGISTER of %zu bytes, mode %llu", len, (unsigned long long)mode);
}

static uint64_t mode_of(enum uffd_fill how)
{
	return how == UFFD_FILL_CONTINUE ? UFFDIO_REGISTER_MODE_MINOR
					 : UFFDIO_REGISTER_MODE_MISSING;
}

void uffd_fill_register(int fd, enum uffd_fill how, void *at, size_t len, bool protects)
{
	register_mode(fd, at, len, mode_of(how) | (protects ? UFFDIO_REGISTER_MODE_WP : 0));
}

int uffd_fill_open(enum uffd_fill how, void *at, size_t len, bool protects)
{
	int fd = protects ? uffd_open_with(UFFD_SHMEM, features_of(how))
			  : uffd_open_plain(features_of(how));

	uffd_fill_register(fd, how, at, len, protects);
	return fd;
}

void uffd_copy(int fd, void *to, const void *from, size_t len, bool protected)
{
	struct uffdio_copy copy = { .dst = (uintptr_t)to,
				    .src = (uintptr_t)from,
				    .len = len,
				    .mode = protected ? UFFDIO_COPY_MODE_WP : 0 };

	if (say(ioctl(fd, UFFDIO_COPY, &copy)))
		fail("UFFDIO_COPY of %zu bytes, after %lld", len, (long long)copy.copy);
}

void uffd_zero(int fd, void *at, size_t len)
{
	struct uffdio_zeropage zero = { .range = { .start = (uintptr_t)at, .len = len } };

	if (say(ioctl(fd, UFFDIO_ZEROPAGE, &zero)))
		fail("UFFDIO_ZEROPAGE of %zu bytes", len);
}

void uffd_continue(int fd, void *at, size_t len, bool protected)
{
	struct uffdio_continue go = { .range = { .start = (uintptr_t)at, .len = len },
				      .mode = protected ? CONTINUE_MODE_WP : 0 };

	if (say(ioctl(fd, UFFDIO_CONTINUE, &go)))
		fail("UFFDIO_CONTINUE of %zu bytes", len);
}

size_t uffd_move(int fd, char *to, char *from, size_t len, size_t step)
{
	size_t done = 0, moved = 0, page = pagemap_page_size();

	for (int tries = 0; done < len;) {
		struct move_args move = { .dst = (uintptr_t)to + done,
					  .src = (uintptr_t)from + done,
					  .len = len - done };
		int error = say(ioctl(fd, MOVE, &move)) ? errno : 0;
		size_t went = error ? 0 : move.len;

		if (error && move.move > 0)
			went = move.move;
		moved += went;
		done += went;
		if (went || (error == EAGAIN && ++tries < MOVE_TRIES))
			continue;
		if (error != EBUSY && error != ENOENT && error != EAGAIN && error != EEXIST)
			fail("UFFDIO_MOVE of %zu bytes at %zu", len - done, done);
		done += step;
	}
	return moved / page;
}
