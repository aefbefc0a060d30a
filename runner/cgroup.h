/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: where the program that runs is kept: all of its processes can be found,
 * and it can take neither all process numbers nor all memory. One serves all
 * programs, as they run one at a time.
 */
#ifndef LOSTWRITE_CGROUP_H
#define LOSTWRITE_CGROUP_H

struct cgroup {
	char *dir;  /* of version 2, or NULL: not there or not writable */
	char *pids; /* of version 1's controller, where version 2 has none, or NULL */
};

/* Through lib/res. */
void cgroup_create(struct cgroup *c);
void cgroup_free(struct cgroup *c);

/* The caller, a child, moves in. */
void cgroup_enter(const struct cgroup *c);

/* Kills all that is in it and waits, two seconds at most, until it is empty. */
void cgroup_kill(const struct cgroup *c);

#endif
