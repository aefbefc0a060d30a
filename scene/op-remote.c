// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MADV_PAGEOUT by another process (process_madvise(2)). It was made before there
 * was memory: whoever shares the pages by fork is passed over by MADV_PAGEOUT.
 */
#include "child.h"
#include "fail.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440 /* 5.10; not in older headers */
#endif

#define PATIENCE 600 /* seconds; the case's own watchdog is earlier */

struct remote {
	struct gate asked, done;
	pid_t target;
	struct iovec vec;
	int error;
};

__attribute__((noreturn)) static void serve(struct remote *remote)
{
	child_bind();
	for (int turn = 0;;) {
		int fd;

		turn = gate_wait_change(&remote->asked, turn, 3600);
		fd = syscall(SYS_pidfd_open, remote->target, 0);
		remote->error = 0;
		if (syscall(SYS_process_madvise, fd, &remote->vec, 1, MADV_PAGEOUT, 0) < 0)
			remote->error = errno;
		close(fd);
		gate_set(&remote->done, turn);
	}
}

static void start(struct actor *a)
{
	pid_t pid;

	a->remote = child_shared(sizeof(*a->remote));
	pid = fork();
	if (!pid)
		serve(a->remote);
	if (pid < 0)
		fail("fork");
}

static size_t run_remote_pageout(struct actor *a, struct map *map, const struct scene_step *s)
{
	int turn = gate_get(&a->remote->asked) + 1;

	a->remote->target = getpid();
	a->remote->vec = (struct iovec){ map->at + scene_from(s), scene_len(s, map) };
	gate_set(&a->remote->asked, turn);
	if (!gate_wait(&a->remote->done, turn, PATIENCE))
		fail("process_madvise takes over %d s", PATIENCE);
	errno = a->remote->error;
	story("in another process: process_madvise(pidfd, {%s, %zu}, 1, MADV_PAGEOUT, 0) = %s",
	      story_place(a->remote->vec.iov_base), a->remote->vec.iov_len, errno ? "-1" : "all");
	if (errno)
		fail("process_madvise");
	return pagemap_count(map->at, map->len, PAGEMAP_ABSENT);
}

const struct scene_op scene_ops_remote[] = {
	{ .name = "remote-pageout",
	  .summary = "[WHERE]: MADV_PAGEOUT by another process",
	  .argument = { ARG_WHERE },
	  .needs = NEED_SWAP | NEED_PAGEOUT | NEED_ROOT | NEED_REMOTE_ADVICE,
	  .prepare = start,
	  .run = run_remote_pageout,
	  .disturbs = true,
	  .whole_pages = true },
	{ 0 },
};
