// SPDX-License-Identifier: GPL-2.0-or-later
/* Who moves pages from node to node. */
#include "numa.h"
#include "pagemap.h"
#include "roles.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_PAGES 64

static void open_mover(struct racer *a)
{
	a->own = storm_memory(a, 2 * sizeof(int));
	numa_two_nodes(a->own);
}

static bool move_pages_(struct racer *a)
{
	struct storm_range range;
	void *at[MOST_PAGES];
	int to[MOST_PAGES], status[MOST_PAGES], node, *nodes = a->own;
	size_t n;

	if (!storm_range(a, &range, MOST_PAGES))
		return false;
	node = nodes[rng_below(&a->rng, 2)];
	n = range.len / pagemap_page_size();
	for (size_t i = 0; i < n; i++) {
		at[i] = range.at + i * pagemap_page_size();
		to[i] = node;
	}
	if (syscall(SYS_move_pages, 0, n, at, to, status, MPOL_MF_MOVE) < 0)
		return false;
	a->disturbed += n;
	return true;
}

const struct role role_node_mover = {
	.name = "node-mover",
	.summary = "move_pages of some pages to the one node or the other",
	.needs = NEED_TWO_NODES,
	.kinds = ROLE_ANY,
	.open = open_mover,
	.step = move_pages_,
	.disturbs = true,
};

static void open_balancer(struct racer *a)
{
	numa_balancing_on();
}

/* The scanner runs in the time of who uses the memory, on whichever node. */
static bool wander(struct racer *a)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(rng_below(&a->rng, sysconf(_SC_NPROCESSORS_ONLN)), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < 64; i++) {
		struct storm_range range;

		if (!storm_range(a, &range, 1))
			return false;
		*(volatile const char *)range.at;
	}
	a->disturbed++;
	return true;
}

const struct role role_balancer = {
	.name = "balancer",
	.summary =
		"NUMA balancing as fast as it goes, and loads from one processor after the other",
	.needs = NEED_TWO_NODES | NEED_ROOT | NEED_NUMA_BALANCING,
	.kinds = ~(ROLE_KIND(HUGETLB) | ROLE_KIND(MEMFD) | ROLE_KIND(FILE)),
	.open = open_balancer,
	.step = wander,
	.disturbs = true,
};
