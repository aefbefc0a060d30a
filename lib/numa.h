/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numa: the nodes of this machine, and NUMA balancing as fast as it goes. */
#ifndef LOSTWRITE_NUMA_H
#define LOSTWRITE_NUMA_H

/* The two nodes with memory that come first; NEED_TWO_NODES says that they are there. */
void numa_two_nodes(int node[2]);

/* Balancing on, with short periods, or the case is broken. The undo log has what was before. */
void numa_balancing_on(void);
void numa_balancing_off(void);

#endif
