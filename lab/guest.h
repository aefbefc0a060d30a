/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest: QEMU with a guest in it, as a process with pipes. It dies when we die. */
#ifndef LOSTWRITE_GUEST_H
#define LOSTWRITE_GUEST_H

#include "disks.h"
#include "kernel.h"

#include <stdbool.h>
#include <sys/types.h>

struct guest_shape {
	unsigned int memory; /* MB */
	unsigned int cpus, nodes;
	const char *append; /* more kernel parameters, or NULL */
	bool shell;	    /* the console is our terminal */
	const char *
		command; /* the console is our stdout: a shell's command instead of a run, or NULL */
};

struct guest {
	pid_t pid;
	int pidfd;
	int journal, console, complaints; /* what we read */
	int files;			  /* what it left for us, a file without a name */
};

/* Is there KVM? Otherwise why not. Whether it can run a guest shows in the guest. */
const char *guest_why_no_kvm(void);

/* Starts it. False with errno. */
bool guest_start(struct guest *g, const struct kernel *k, const struct guest_shape *shape,
		 const struct disks *disks, int initrd, bool kvm, const char *dir);

/* Ends it, dead or alive. Its status as from waitpid(). */
int guest_end(struct guest *g);

#endif
