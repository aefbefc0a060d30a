/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot: one boot of a guest, from QEMU's start until it is known how it ended. */
#ifndef LOSTWRITE_BOOT_H
#define LOSTWRITE_BOOT_H

#include "guest.h"
#include "stop.h"
#include "stream.h"

struct boot {
	const struct kernel *kernel;
	const struct guest_shape *shape;
	const struct disks *disks;
	struct stream *stream;
	struct stop *stop;
	double deadline; /* of --timeout, on job_now()'s clock; 0: none */
	bool kvm;
	int initrd;
	const char *cache;
};

enum fate {
	FATE_END, /* the runner ended, well or badly */
	FATE_DEAD,
	FATE_TIMEOUT,
	FATE_STOPPED, /* by the user */
	FATE_NO_KVM,  /* KVM did not get it to its first process */
	FATE_NO_QEMU, /* it could not be started */
};

/* How it ended; for all but FATE_END and FATE_STOPPED with a new string in *WHY. */
enum fate boot_run(const struct boot *b, char **why);

#endif
