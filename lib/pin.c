// SPDX-License-Identifier: GPL-2.0-or-later
#include "pin.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void pin_pipe(int ends[2], size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE), need = (len / page + 2) * page;

	if (pipe2(ends, O_CLOEXEC))
		fail("pipe");
	/* A pipe counts pages, not bytes; beyond the default it may need CAP_SYS_RESOURCE. */
	if (need > 16 * page && fcntl(ends[0], F_SETPIPE_SZ, need) < 0)
		fail("a pipe of %zu pages", need / page);
}
