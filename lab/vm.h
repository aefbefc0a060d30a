/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm: a run in a guest, over as many boots as it takes. */
#ifndef LOSTWRITE_VM_H
#define LOSTWRITE_VM_H

#include "answer.h"
#include "guest.h"

#include <jansson.h>
#include <stdbool.h>

struct vm_options {
	struct kernel_wish wish;
	struct guest_shape shape;
	unsigned int timeout;	 /* seconds, 0: none */
	bool keep;		 /* the disks */
	bool go_on;		 /* after a crash, with the rest */
	enum answer_mode bisect; /* the exit code is for `git bisect run` */
	const char *results;
	const char *history;   /* or NULL */
	const char *write;     /* the directory for kernel and initrd, or NULL: see pack.h */
	char *const *put;      /* files for the guest's /root, ended by NULL */
	const char *known;     /* what is in the file of --known, or NULL */
	char *const *run_args; /* of `lostwrite run`, ended by NULL */
	json_t *argv;	       /* for the journal */
};

/* The exit code, that of a run. */
int vm_run(const struct vm_options *o);

#endif
