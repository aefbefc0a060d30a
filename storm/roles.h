/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roles: what the files of roles have in common, and the roles by name. */
#ifndef LOSTWRITE_ROLES_H
#define LOSTWRITE_ROLES_H

#include "storm.h"

/* An empty file in the scratch directory that goes with its descriptor; FLAGS as of open(2). */
int roles_scratch_file(int flags);

/* An open() of a role that reads generations from a device: each arena has its files. */
void roles_open_devices(struct racer *a);

extern const struct role role_writer, role_checker, role_reader, role_process_vm,
	role_file_writer;						    /* roles-cpu.c */
extern const struct role role_dio_reader, role_dio_writer, role_aio_reader; /* roles-io.c */
extern const struct role role_fixed_reader, role_fixed_reader_clean, role_fixed_writer;
extern const struct role role_vmsplicer, role_sender;			/* roles-send.c */
extern const struct role role_forker, role_fork_writer;			/* roles-fork.c */
extern const struct role role_puncher, role_truncater, role_ksm_merger; /* roles-hole.c */
extern const struct role role_pager_out, role_remote_pager, role_memcg_reclaimer, role_swapoff,
	role_eater, role_damon, role_cgroup_mover; /* reclaimers.c */
extern const struct role role_mprotecter, role_mremapper, role_mlocker, role_regrouper,
	role_clear_refs, role_uffd_toggler, role_compactor; /* disturbers.c */
extern const struct role role_node_mover, role_balancer;    /* movers.c */
extern const struct role role_uffd_tracker, role_async_tracker, role_soft_dirty_tracker;

#endif
