// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What holds pages for as long as the scene likes: registered buffers, pipes,
 * zero-copy sends whose receiver does not receive, gup_test.
 */
#include "fail.h"
#include "op-hold.h"
#include "story.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- a registered buffer: FOLL_PIN, FOLL_LONGTERM, FOLL_WRITE --- */

static void hold_uring(struct actor *a, char *at)
{
	a->ring = pin_ring_open();
	a->refused = pin_try_register(a->ring, at, a->len);
}

static void device_uring(struct actor *a, const char *bytes)
{
	if (say(pwrite(a->device, bytes, a->len, 0)) != (ssize_t)a->len)
		fail("the device file");
	if (pin_read_fixed(a->ring, a->device, a->map.at + a->from, a->len, 0) != (ssize_t)a->len)
		fail("READ_FIXED was short");
}

static void take_uring(struct actor *a, char *bytes)
{
	if (pin_write_fixed(a->ring, a->device, a->map.at + a->from, a->len, 0) !=
		    (ssize_t)a->len ||
	    say(pread(a->device, bytes, a->len, 0)) != (ssize_t)a->len)
		fail("WRITE_FIXED was short");
}

static void release_uring(struct actor *a, char *bytes)
{
	pin_unregister(a->ring); /* at once; closing alone leaves it to a worker */
	pin_ring_close(a->ring);
}

/* --- a pipe: FOLL_GET --- */

static void splice_in(struct actor *a, char *at, unsigned int flags)
{
	struct iovec vec = { at, a->len };

	pin_pipe(a->pipe, a->len);
	if (say(vmsplice(a->pipe[1], &vec, 1, flags)) != (ssize_t)a->len)
		fail("vmsplice of %zu bytes", a->len);
}

static void hold_vmsplice(struct actor *a, char *at)
{
	splice_in(a, at, 0);
}

static void hold_gift(struct actor *a, char *at)
{
	splice_in(a, at, SPLICE_F_GIFT);
}

static void read_pipe(struct actor *a, char *bytes)
{
	for (size_t got = 0, n; got < a->len; got += n) {
		n = say(read(a->pipe[0], bytes + got, a->len - got));
		if ((ssize_t)n <= 0)
			fail("reading the pipe");
	}
}

static void release_pipe(struct actor *a, char *bytes)
{
	close(a->pipe[0]);
	close(a->pipe[1]);
}

/* The first pipe's references are dropped again: what tee() took must do alone. */
static void hold_tee(struct actor *a, char *at)
{
	int second[2];

	splice_in(a, at, 0);
	pin_pipe(second, a->len);
	if (say(tee(a->pipe[0], second[1], a->len, 0)) != (ssize_t)a->len)
		fail("tee of %zu bytes", a->len);
	release_pipe(a, NULL);
	a->pipe[0] = second[0];
	a->pipe[1] = second[1];
}

/* --- a zero-copy send: FOLL_GET until the sender is told --- */

static void hold_zerocopy(struct actor *a, char *at)
{
	a->send = pin_send_open();
	a->refused = pin_send_zerocopy(a->send, at, a->len);
}

static void hold_send_zc(struct actor *a, char *at)
{
	a->send = pin_send_open();
	a->ring = pin_ring_open();
	a->refused = pin_send_zc(a->ring, pin_send_socket(a->send), at, a->len, false);
}

static void hold_send_zc_fixed(struct actor *a, char *at)
{
	a->send = pin_send_open();
	a->ring = pin_ring_open();
	a->refused = pin_try_register(a->ring, at, a->len);
	if (!a->refused)
		a->refused = pin_send_zc(a->ring, pin_send_socket(a->send), at, a->len, true);
}

static void take_send(struct actor *a, char *bytes)
{
	pin_receive(a->send, bytes, a->len);
}

static void release_zerocopy(struct actor *a, char *bytes)
{
	pin_send_close(a->send);
}

static void release_send_zc(struct actor *a, char *bytes)
{
	pin_send_close(a->send);
	pin_send_zc_wait(a->ring);
	pin_ring_close(a->ring);
}

/* --- gup_test --- */

static void hold_gup_read(struct actor *a, char *at)
{
	a->refused = pin_gup_start(&a->gup, at, a->len, false, false);
}

static void hold_gup_read_fast(struct actor *a, char *at)
{
	a->refused = pin_gup_start(&a->gup, at, a->len, false, true);
}

static void hold_gup_write(struct actor *a, char *at)
{
	a->refused = pin_gup_start(&a->gup, at, a->len, true, true);
}

static void take_gup(struct actor *a, char *bytes)
{
	pin_gup_read(a->gup, bytes);
}

static void release_gup(struct actor *a, char *bytes)
{
	pin_gup_stop(a->gup);
}

#define GUP .needs = NEED_GUP_TEST, .whole_pages = true, .take = take_gup, .release = release_gup

const struct scene_pin scene_pins_pin[] = {
	{ .name = "uring",
	  .needs = NEED_IO_URING,
	  .hold = hold_uring,
	  .device = device_uring,
	  .take = take_uring,
	  .release = release_uring },
	{ .name = "vmsplice",
	  .reference = true,
	  .once = true,
	  .hold = hold_vmsplice,
	  .take = read_pipe,
	  .release = release_pipe },
	{ .name = "vmsplice-gift",
	  .reference = true,
	  .once = true,
	  .whole_pages = true,
	  .hold = hold_gift,
	  .take = read_pipe,
	  .release = release_pipe },
	{ .name = "tee",
	  .reference = true,
	  .once = true,
	  .hold = hold_tee,
	  .take = read_pipe,
	  .release = release_pipe },
	{ .name = "zerocopy",
	  .needs = NEED_ZEROCOPY,
	  .reference = true,
	  .once = true,
	  .most = 256u << 10,
	  .hold = hold_zerocopy,
	  .take = take_send,
	  .release = release_zerocopy },
	{ .name = "send-zc",
	  .needs = NEED_IO_URING | NEED_SEND_ZC | NEED_ZEROCOPY,
	  .reference = true,
	  .once = true,
	  .most = 256u << 10,
	  .hold = hold_send_zc,
	  .take = take_send,
	  .release = release_send_zc },
	{ .name = "send-zc-fixed",
	  .needs = NEED_IO_URING | NEED_SEND_ZC | NEED_ZEROCOPY,
	  .once = true,
	  .most = 256u << 10,
	  .hold = hold_send_zc_fixed,
	  .take = take_send,
	  .release = release_send_zc },
	{ .name = "gup-read", GUP, .hold = hold_gup_read },
	{ .name = "gup-read-fast", GUP, .hold = hold_gup_read_fast },
	{ .name = "gup-write", GUP, .hold = hold_gup_write },
	{ 0 },
};
