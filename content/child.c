// SPDX-License-Identifier: GPL-2.0-or-later
/* The child of a body: its own page tables, its own expectation where memory is private. */
#include "body.h"
#include "fail.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 9 /* seconds for one order */

/* Shared memory stays what it is; the mapping alone is taken down and made again by faults. */
static void zap(struct body *b)
{
	if (b->shared && madvise(b->map.at, b->map.len, MADV_DONTNEED))
		fail("MADV_DONTNEED of a shared mapping");
}

static bool obey(struct body *b, enum body_order order)
{
	unsigned int pages = b->map.len / STAMP_PAGE;

	switch (order) {
	case BODY_CHECK:
		return body_check(b);
	case BODY_WRITE:
		body_write_some(b, BODY_CPU);
		break;
	case BODY_READ:
		body_read(b, 0, pages);
		break;
	case BODY_PAGEOUT:
		madvise(b->map.at, b->map.len, MADV_PAGEOUT);
		break;
	case BODY_ZAP:
		zap(b);
		break;
	case BODY_EXIT:
		_exit(0);
	}
	return true;
}

__attribute__((noreturn)) static void live(struct body *b)
{
	int number = 0, order;

	child_bind();
	b->name = "the child";
	for (;;) {
		order = gate_wait_change(&b->child->turn, number, 3600);
		number = order;
		b->child->bad = !obey(b, order & 15);
		gate_set(&b->child->done, number);
	}
}

void body_fork(struct body *b)
{
	memset(b->child, 0, sizeof(*b->child));
	b->c->rng =
		rng_make(rng_next(&b->c->rng), 1); /* parent and child go on alike, harmlessly */
	b->child->pid = fork();
	if (!b->child->pid)
		live(b);
	if (b->child->pid < 0)
		fail("fork");
}

bool body_order(struct body *b, enum body_order order)
{
	/* A number for each turn, so that the same order twice is two turns. */
	int turn = (gate_get(&b->child->turn) / 16 + 1) * 16 + order;

	gate_set(&b->child->turn, turn);
	if (order == BODY_EXIT) {
		child_wait(b->child->pid);
		b->child->pid = 0;
		return true;
	}
	if (!gate_wait(&b->child->done, turn, PATIENCE))
		fail("step %u, %s: the child did not finish", b->step, b->doing);
	return !b->child->bad;
}
