/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault: which kernel messages and taint flags say that the kernel itself is at fault. */
#ifndef LOSTWRITE_FAULT_H
#define LOSTWRITE_FAULT_H

#include <stdbool.h>

/* Does the kernel message TEXT report a fault? */
bool fault_line(const char *text);

/* Does it say that the OOM killer ended a process? */
bool fault_oom(const char *text);

/* /proc/sys/kernel/tainted, 0 when it cannot be read. */
unsigned long fault_taint(void);

/* Of the taint flags BITS those that mean a fault, not just an odd module. */
unsigned long fault_taint_bad(unsigned long bits);

/* The letters of BITS as in an oops, "W" or "BD"; good until the next call. */
const char *fault_taint_text(unsigned long bits);

#endif
