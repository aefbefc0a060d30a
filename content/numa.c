// SPDX-License-Identifier: GPL-2.0-or-later
/* Two nodes: every way to move a page from one to the other. */
#include "between.h"
#include "fail.h"
#include "numa.h"
#include "pagemap.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BALANCE_SECONDS 3 /* at most, until the scanner has come by and a page has moved */

static int node_of(void *at)
{
	int status = -1;

	syscall(SYS_move_pages, 0, 1ul, &at, NULL, &status, 0);
	return status;
}

static size_t moved_to(struct body *b, int node)
{
	size_t size = pagemap_page_size(), moved;
	void **at = calloc(b->map.pages, sizeof(*at));
	int *to = calloc(b->map.pages, sizeof(*to)),
	    *status = calloc(b->map.pages, sizeof(*status));

	if (!at || !to || !status)
		fail("memory for %zu page numbers", b->map.pages);
	for (size_t i = 0; i < b->map.pages; i++) {
		at[i] = b->map.at + i * size;
		to[i] = node;
	}
	map_remember(&b->map);
	if (syscall(SYS_move_pages, 0, b->map.pages, at, to, status, MPOL_MF_MOVE) < 0)
		fail("move_pages to node %d", node);
	moved = map_moved(&b->map);
	free(at);
	free(to);
	free(status);
	return moved;
}

/* There, written and checked by the caller; the next time back. */
static int other(struct body *b)
{
	int node[2], here = node_of(b->map.at);

	numa_two_nodes(node);
	return here == node[1] ? node[0] : node[1];
}

size_t numa_move_pages(struct body *b)
{
	size_t there = moved_to(b, other(b));

	body_write(b, BODY_CPU, 0, 1 + b->map.len / STAMP_PAGE / 2);
	return there + moved_to(b, other(b));
}

size_t numa_mbind(struct body *b)
{
	unsigned long mask = 1ul << other(b);

	map_remember(&b->map);
	if (syscall(SYS_mbind, b->map.at, b->map.len, MPOL_BIND, &mask, 64ul, MPOL_MF_MOVE))
		fail("mbind");
	/* Bound it would go to one node only when it comes back from swap: anywhere again. */
	if (syscall(SYS_mbind, b->map.at, b->map.len, MPOL_DEFAULT, NULL, 0ul, 0))
		fail("mbind back to the default");
	return map_moved(&b->map);
}

size_t numa_migrate_pages(struct body *b)
{
	int to = other(b), from = node_of(b->map.at);
	unsigned long old = 1ul << from, new = 1ul << to;

	if (from < 0)
		return 0;
	map_remember(&b->map);
	if (syscall(SYS_migrate_pages, 0, 64ul, &old, &new) < 0)
		fail("migrate_pages from node %d to %d", from, to);
	return map_moved(&b->map);
}

static void run_on_other_cpu(void)
{
	int here = sched_getcpu(), cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((here + cpus / 2) % cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

size_t numa_balance(struct body *b)
{
	time_t end = time(NULL) + BALANCE_SECONDS;

	numa_balancing_on();
	map_remember(&b->map);
	run_on_other_cpu();
	/* The scanner runs in the time of who uses the memory. */
	while (!map_moved(&b->map) && time(NULL) <= end)
		body_read(b, 0, b->map.len / STAMP_PAGE);
	return map_moved(&b->map);
}
