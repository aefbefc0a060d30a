/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmstat: the kernel's counters of events in memory management, of the whole machine since boot. */
#ifndef LOSTWRITE_VMSTAT_H
#define LOSTWRITE_VMSTAT_H

/* What /proc/vmstat says of NAME; 0 when it has no such counter. */
unsigned long vmstat(const char *name);

/* All of NAMES, ended by NULL, as they are at one moment, added. */
unsigned long vmstat_sum(const char *const *names);

#endif
