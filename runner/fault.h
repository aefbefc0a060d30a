/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault: which kernel messages and taint flags say that the kernel itself is at fault. */
#ifndef LOSTWRITE_FAULT_H
#define LOSTWRITE_FAULT_H

#include <stdbool.h>

/* Does the kernel message TEXT report a fault? */
bool fault_line(const char *text);

/* Is it a watchdog's: a CPU or a task made no step for too long? */
bool fault_lockup(const char *text);

/*
 * Is this machine emulated (a guest of `vm` under TCG says so)? Its CPUs stand still while others
 * have the host's: a watchdog's word alone is no fact about the kernel there.
 */
bool fault_emulated(void);

/* Does it say that the OOM killer ended a process? */
bool fault_oom(const char *text);

/* /proc/sys/kernel/tainted, 0 when it cannot be read. */
unsigned long fault_taint(void);

/* Of the taint flags BITS those that mean a fault, not just an odd module. */
unsigned long fault_taint_bad(unsigned long bits);

/* The letters of BITS as in an oops, "W" or "BD"; good until the next call. */
const char *fault_taint_text(unsigned long bits);

#endif
