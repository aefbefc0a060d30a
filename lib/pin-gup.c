// SPDX-License-Identifier: GPL-2.0-or-later
#include "fail.h"
#include "pin.h"
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* mm/gup_test.h: no header of the user's has it. */
struct longterm {
	__u64 addr, size;
	__u32 flags;
};

#define PIN_START _IOW('g', 7, struct longterm)
#define PIN_STOP  _IO('g', 8)
#define PIN_READ  _IOW('g', 9, __u64)
#define PIN_WRITE 1 /* FOLL_WRITE */
#define PIN_FAST  2

#define GUP_TEST "/sys/kernel/debug/gup_test"

bool pin_gup_possible(char *why, size_t size)
{
	int fd = open(GUP_TEST, O_RDWR | O_CLOEXEC);
	bool ok = fd >= 0;

	/* Nothing is pinned: EINVAL here, ENOTTY on a kernel without these requests. */
	errno = fd < 0 ? errno : 0;
	if (ok && ioctl(fd, PIN_STOP) && errno == ENOTTY)
		ok = false;
	if (!ok)
		snprintf(why, size, "%s: %s", GUP_TEST, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

const char *pin_gup_remedy(void)
{
	return "use a kernel from 6.2 on with CONFIG_GUP_TEST (no distribution's has it), as root, "
	       "with debugfs mounted";
}

int pin_gup_start(int *fd, void *at, size_t len, bool is_write, bool fast)
{
	struct longterm request = { .addr = (uintptr_t)at,
				    .size = len,
				    .flags = (is_write ? PIN_WRITE : 0) | (fast ? PIN_FAST : 0) };

	*fd = open(GUP_TEST, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		fail("%s", GUP_TEST);
	if (!say(ioctl(*fd, PIN_START, &request)))
		return 0;
	if (errno != EFAULT && errno != EOPNOTSUPP)
		fail("PIN_LONGTERM_TEST_START of %zu bytes", len);
	return errno;
}

void pin_gup_read(int fd, void *to)
{
	__u64 address = (uintptr_t)to;

	if (say(ioctl(fd, PIN_READ, &address)))
		fail("PIN_LONGTERM_TEST_READ");
}

void pin_gup_stop(int fd)
{
	if (say(ioctl(fd, PIN_STOP)))
		fail("PIN_LONGTERM_TEST_STOP");
	close(fd);
}
