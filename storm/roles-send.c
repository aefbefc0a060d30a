// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has references without pins: a pipe, a socket. What is sent must be what
 * the pages held, whatever happens to the mapping before it is received.
 */
#include "fail.h"
#include "pagemap.h"
#include "pin.h"
#include "roles.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_UNITS 16

struct way {
	int pipe[2];
	char *copy;
};

static void open_pipe(struct racer *a)
{
	struct way *way = a->own = storm_memory(a, sizeof(*way));

	pin_pipe(way->pipe, 2 * MOST_UNITS * ARENA_UNIT);
	way->copy = storm_memory(a, MOST_UNITS * ARENA_UNIT);
}

static void close_pipe(struct racer *a)
{
	struct way *way = a->own;

	close(way->pipe[0]);
	close(way->pipe[1]);
}

static void receive(struct racer *a, const struct arena_claim *claim)
{
	struct way *way = a->own;
	size_t len = arena_bytes(claim), got = 0;
	ssize_t n;

	for (; got < len; got += n)
		if ((n = read(way->pipe[0], way->copy + got, len - got)) <= 0)
			fail("reading %zu bytes from the pipe", len);
	storm_check_copy(a, claim, way->copy, "vmsplice");
}

static bool splice_units(struct racer *a)
{
	struct way *way = a->own;
	struct arena_claim claim;
	struct iovec vec;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	vec = (struct iovec){ arena_at(&claim), arena_bytes(&claim) };
	if (vmsplice(way->pipe[1], &vec, 1, 0) != (ssize_t)vec.iov_len)
		fail("vmsplice of %zu bytes", vec.iov_len);
	sched_yield(); /* others have the processor while the pipe has the pages */
	receive(a, &claim);
	arena_release(&claim);
	return true;
}

const struct role role_vmsplicer = {
	.name = "vmsplicer",
	.summary = "vmsplice of units, and what comes out of the pipe",
	.kinds = ROLE_ANY,
	.open = open_pipe,
	.step = splice_units,
	.close = close_pipe,
};

static void open_socket(struct racer *a)
{
	struct way *way = a->own = storm_memory(a, sizeof(*way));

	way->copy = storm_memory(a, MOST_UNITS * ARENA_UNIT);
}

static bool send_units(struct racer *a)
{
	struct way *way = a->own;
	struct arena_claim claim;
	struct pin_send *send;
	int refused;

	if (!storm_claim(a, &claim, MOST_UNITS))
		return false;
	send = pin_send_open(); /* a fresh one: the receiver's window is closed, the pages stay */
	refused = pin_send_zerocopy(send, arena_at(&claim), arena_bytes(&claim));
	sched_yield();
	if (!refused) {
		pin_receive(send, way->copy, arena_bytes(&claim));
		storm_check_copy(a, &claim, way->copy, "MSG_ZEROCOPY");
	}
	pin_send_close(send);
	arena_release(&claim);
	return !refused;
}

const struct role role_sender = {
	.name = "sender",
	.summary = "MSG_ZEROCOPY of units, and what is received",
	.needs = NEED_ZEROCOPY,
	.kinds = ROLE_ANY,
	.open = open_socket,
	.step = send_units,
};
