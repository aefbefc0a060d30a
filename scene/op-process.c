// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes come and go. The fork() itself is in play.c: the child stays in its loop. */
#include "op.h"

static void model_of_fork(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_fork(m, s->process, s->child);
}

static void model_of_exit(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_exit(m, s->process);
}

const struct scene_op scene_ops_process[] = {
	{ .name = "fork",
	  .summary = "NAME: a child, which waits for its lines",
	  .promise = "the child sees what its parent saw, and neither the other's later stores "
		     "to private memory: fork(2)",
	  .argument = { ARG_CHILD },
	  .model = model_of_fork,
	  .disturbs = true },
	{ .name = "exit", .summary = "the process leaves", .model = model_of_exit },
	{ 0 },
};
