/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child: processes that never outlive their parent, and gates between them.
 * The fork() itself stays in the case where it is what races.
 */
#ifndef LOSTWRITE_CHILD_H
#define LOSTWRITE_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A step counter in memory that processes share; they wait on it (futex(2)). */
struct gate {
	atomic_int step;
};

void gate_set(struct gate *gate, int step);
int gate_get(const struct gate *gate);

/* Waits until the gate is at STEP; false after SECONDS. */
bool gate_wait(struct gate *gate, int step, unsigned int seconds);

/* Waits until the gate may no longer be at STEP, a tenth of a second at most. */
void gate_doze(struct gate *gate, int step);

/* Waits until the gate is no longer at STEP; what it is at then, or still is after SECONDS. */
int gate_wait_change(struct gate *gate, int step, unsigned int seconds);

/* Zeroed memory of SIZE bytes shared with children to come, or the case is broken. */
void *child_shared(size_t size);

/* A child's first call: it dies with its parent, whatever ends that one. */
void child_bind(void);

/* fork(): a child that shares the memory of now and does nothing, until child_end(). */
pid_t child_fork_idle(void);

/* Waits for a child to exit by itself: its status, or -1 - SIGNAL. */
int child_wait(pid_t pid);

/* Ends a child and waits for it. */
void child_end(pid_t pid);

/* Ends and reaps every child and orphan of this process (a child subreaper). Their number. */
unsigned int child_end_all(void);

/* The same, except this one. */
void child_spare(pid_t pid);
unsigned int child_end_others(void);

#endif
