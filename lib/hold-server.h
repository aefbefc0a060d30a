/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hold-server: the FUSE server behind hold.h, and what it shares with the test. */
#ifndef LOSTWRITE_HOLD_SERVER_H
#define LOSTWRITE_HOLD_SERVER_H

#include "child.h"
#include "hold.h"

#include <limits.h>

#define HOLD_FILE "data" /* the only name in the file system */
#define HOLD_PATH (PATH_MAX + 64)

enum { HOLD_STARTING, HOLD_MOUNTED, HOLD_NOT_MOUNTED };

/* The steps of one request that is kept. */
enum { HOLD_IDLE, HOLD_ARMED, HOLD_HELD, HOLD_RELEASED };

struct hold_shared {
	char dir[PATH_MAX]; /* where it is mounted, from the server's root */
	struct gate mounted, step;
	int error;	    /* errno, when it is not mounted */
	const char *why;    /* what of it failed: a constant, as are those of who shares this */
	const char *remedy; /* for that */
	pid_t user;	    /* the process whose request is kept; when it ends, it is not */
	bool writes;	    /* keep the next request before it is read: it is a write */
	char device[HOLD_MAX] __attribute__((aligned(4096)));
};

/*
 * In a child: mounts on the state directory's "mnt", in name spaces of its own, and
 * serves until the mount or the parent is gone. Does not return.
 */
__attribute__((noreturn)) void hold_serve(struct hold_shared *shared);

#endif
