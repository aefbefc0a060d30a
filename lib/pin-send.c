// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "fail.h"
#include "pin.h"
#include "story.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60 /* 4.14 */
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

/*
 * Loopback copies a page when it hands it to the receiver. So the receiver must
 * not take it: its window is filled with other bytes first, and what is sent
 * after them waits in the sender's queue, by reference.
 */
#define FILLER	  (24u << 10)
#define WINDOW	  4096
#define SEND_ROOM (1u << 20)
/*
 * What is queued counts with its truesize. Of a registered buffer in a large folio
 * that is for each small segment all that lies before it as well (io_uring/net.c,
 * io_sg_from_iter()), so the ordinary limit may be less than one send.
 */
#define QUEUE_ROOM (64u << 20)

struct pin_send {
	int sender, receiver;
};

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		fail("setsockopt %d", name);
}

/* As much as is allowed: CAP_NET_ADMIN may go beyond net.core.wmem_max. */
static void widen(int sender)
{
	int room = QUEUE_ROOM;

	if (setsockopt(sender, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		option(sender, SOL_SOCKET, SO_SNDBUF, QUEUE_ROOM);
}

static void connect_to_ourselves(struct pin_send *send)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *address = (struct sockaddr *)&here;
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	send->sender = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || send->sender < 0)
		fail("a TCP socket");
	option(listener, SOL_SOCKET, SO_RCVBUF, WINDOW); /* inherited by what it accepts */
	widen(send->sender);
	if (bind(listener, address, size) || listen(listener, 1) ||
	    getsockname(listener, address, &size) || connect(send->sender, address, size))
		fail("a TCP connection over loopback");
	send->receiver = accept(listener, NULL, NULL);
	if (send->receiver < 0)
		fail("accept over loopback");
	close(listener);
}

struct pin_send *pin_send_open(void)
{
	struct pin_send *send_ = malloc(sizeof(*send_));
	char *filler = calloc(1, FILLER);

	if (!send_ || !filler)
		fail("memory");
	connect_to_ourselves(send_);
	if (send(send_->sender, filler, FILLER, 0) != FILLER)
		fail("filling the receive window");
	free(filler);
	return send_;
}

void pin_send_close(struct pin_send *send_)
{
	close(send_->sender);
	close(send_->receiver);
	free(send_);
}

int pin_send_socket(const struct pin_send *send_)
{
	return send_->sender;
}

bool pin_zerocopy_possible(char *why, size_t size)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	bool ok = fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one));

	if (!ok)
		snprintf(why, size, "SO_ZEROCOPY on TCP: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

const char *pin_zerocopy_remedy(void)
{
	return "use a kernel from 4.14 on with CONFIG_INET, and a loopback that is up";
}

int pin_send_zerocopy(struct pin_send *send_, const void *from, size_t len)
{
	struct msghdr head = { 0 };
	ssize_t sent;

	option(send_->sender, SOL_SOCKET, SO_ZEROCOPY, 1);
	sent = say(send(send_->sender, from, len, MSG_ZEROCOPY));
	if (sent < 0 && (errno == EFAULT || errno == EOPNOTSUPP))
		return errno;
	if (sent != (ssize_t)len)
		fail("MSG_ZEROCOPY of %zu bytes sent %zd", len, sent);
	/* Completed already: it was copied, and nothing is held. */
	if (recvmsg(send_->sender, &head, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		return EOPNOTSUPP;
	return 0;
}

static void receive(int fd, char *to, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = say(recv(fd, to + got, len - got, 0));

		if (n <= 0)
			fail("receiving %zu bytes over loopback", len);
		got += n;
	}
}

void pin_receive(struct pin_send *send_, void *to, size_t len)
{
	char *filler = malloc(FILLER);

	if (!filler)
		fail("memory");
	/* Open the window, or it all comes in small steps, each after a timer. */
	option(send_->receiver, SOL_SOCKET, SO_RCVBUF, SEND_ROOM);
	option(send_->receiver, IPPROTO_TCP, TCP_WINDOW_CLAMP, SEND_ROOM);
	receive(send_->receiver, filler, FILLER);
	free(filler);
	receive(send_->receiver, to, len);
}
