/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: a cgroup v2 child for the program that runs, so that all of its
 * processes can be found. One serves all programs, as they run one at a time.
 */
#ifndef LOSTWRITE_CGROUP_H
#define LOSTWRITE_CGROUP_H

/* A new cgroup's directory, through lib/res, or NULL where there is no writable cgroup v2. */
char *cgroup_create(void);

/* Kills all that is in DIR and waits, two seconds at most, until it is empty. */
void cgroup_kill(const char *dir);

#endif
