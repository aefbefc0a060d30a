// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another process's memory, read by process_vm_readv(2). Its pin takes no write
 * access, so since 5.19 (a7f226604170) the page of a shared mapping is copied
 * for its owner on the way: a copy-on-read, which must change nobody's bytes.
 */
#include "fail.h"
#include "op.h"
#include "story.h"

#include <stdlib.h>
#include <sys/uio.h>

static size_t run_peek(struct actor *a, struct map *map, const struct scene_step *s)
{
	struct iovec here = { malloc(map->len), map->len }, there = { map->at, map->len };

	if (!here.iov_base ||
	    say(process_vm_readv(a->pid[s->child], &here, 1, &there, 1, 0)) != (ssize_t)map->len)
		fail("process_vm_readv of process '%s'", a->scene->name[s->child]);
	scene_check_copy(a, s->child, here.iov_base, "process_vm_readv");
	free(here.iov_base);
	return 0;
}

const struct scene_op scene_ops_peek[] = {
	{ .name = "peek",
	  .summary = "NAME: process_vm_readv() of that process gives what the model allows it",
	  .argument = { ARG_PROCESS },
	  .run = run_peek,
	  .judges = true },
	{ 0 },
};
