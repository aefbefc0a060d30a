/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold: O_DIRECT I/O that stays in flight for as long as the test likes. A FUSE
 * file system of our own (libfuse) has one file; when the kernel asks it for
 * data it already holds references or pins on the caller's pages. The server
 * keeps the request until hold_release(), so a race becomes a certainty: one
 * I/O is one trial.
 *
 *	hold_read(hold, buffer, len);	the kernel holds the pages from here
 *	... disturb, touch ...
 *	hold_release(hold);		the "device" writes, the pages are let go
 *
 * A held *write* is kept before the server reads it: its bytes are taken from
 * the pages at release.
 *
 * The server is a process (not a thread: a task that waits for a server in its
 * own process cannot be killed) in a mount name space of its own, so that the
 * mount goes with it however it ends. Its file is reached through the server's
 * root, /proc/PID/root. Without root the server lives in a user name space. The
 * one that hold_possible() started is kept for all children of its process;
 * hold_open() starts another where there is none.
 */
#ifndef LOSTWRITE_HOLD_H
#define LOSTWRITE_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The most that is one FUSE request on every kernel: 32 pages of 4 KiB. */
#define HOLD_MAX (128u << 10)

struct hold;

/*
 * Starts a server, writes to its file, and keeps it (child_spare()). False with the reason,
 * and the remedy for that one in hold_remedy().
 */
bool hold_possible(char *why, size_t size);
const char *hold_remedy(void);

/* A file of HOLD_MAX zero bytes; one at a time. */
struct hold *hold_open(void);
void hold_close(struct hold *hold);

/* The file's bytes: stamp them before the read, look at them after a write. */
void *hold_device(struct hold *hold);

/*
 * An O_DIRECT read or write of LEN bytes at the file's byte 0 by a thread of
 * its own. Returns when the request is held. One at a time.
 */
void hold_read(struct hold *hold, void *buffer, size_t len);
void hold_write(struct hold *hold, const void *buffer, size_t len);

/*
 * The same by other means, with what they need in HOW: one request of LEN bytes
 * at byte 0 of FD, to its end. Bytes or -errno.
 */
typedef ssize_t (*hold_io)(void *how, int fd, void *buffer, size_t len, bool is_write);
void hold_start(struct hold *hold, hold_io io, void *how, void *buffer, size_t len, bool is_write);

/* Lets the request go; the result of the thread's read or write: bytes or -errno. */
ssize_t hold_release(struct hold *hold);

#endif
