/* SPDX-License-Identifier: GPL-2.0-or-later */
/* need-disturb: the probes of what disturbs memory, for the table in need.c. */
#ifndef LOSTWRITE_NEED_DISTURB_H
#define LOSTWRITE_NEED_DISTURB_H

#include "need.h"

bool need_memcg(struct need *need);
bool need_damon(struct need *need);
bool need_populate(struct need *need);
bool need_guard(struct need *need);
bool need_dontunmap(struct need *need);
bool need_split_folio(struct need *need);
bool need_compaction(struct need *need);
bool need_numa_balancing(struct need *need);
bool need_soft_offline(struct need *need);
bool need_memory_offline(struct need *need);
bool need_disposable(struct need *need);
bool need_two_cpus(struct need *need);
bool need_remote_advice(struct need *need);

/* What is missing and how to get it. Always false. */
bool need_lack(struct need *need, const char *remedy, const char *reason);

#endif
