// SPDX-License-Identifier: GPL-2.0-or-later
#include "fail.h"
#include "pagemap.h"
#include "uffd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void watch_process(struct uffd_watch *watch, int fd)
{
	unsigned int who = watch->count;

	if (who == UFFD_WATCHED)
		fail("a child too many for the userfaultfd watcher");
	watch->fd[who] = fd;
	watch->of[who] = calloc(watch->len / watch->page, sizeof(*watch->reported));
	if (!watch->of[who])
		fail("memory of the userfaultfd watcher");
	atomic_fetch_add(&watch->count, 1);
}

static void fault(struct uffd_watch *watch, unsigned int who, uint64_t address)
{
	size_t page = (address - (uintptr_t)watch->at) / watch->page;

	/*
	 * Counted and lifted in one: else who collects in between copies the page,
	 * and what is stored after the lifting is reported to nobody.
	 */
	pthread_mutex_lock(&watch->lock);
	if (page < watch->len / watch->page)
		atomic_fetch_add(&watch->of[who][page], 1);
	address &= ~(uint64_t)(watch->page - 1);
	uffd_protect(watch->fd[who], (void *)(uintptr_t)address, watch->page, false);
	pthread_mutex_unlock(&watch->lock);
}

static void handle(struct uffd_watch *watch, unsigned int who)
{
	struct uffd_msg msg;

	if (read(watch->fd[who], &msg, sizeof(msg)) != sizeof(msg))
		return; /* EAGAIN: somebody else's wakeup */
	if (msg.event == UFFD_EVENT_FORK)
		watch_process(watch, msg.arg.fork.ufd);
	else if (msg.event == UFFD_EVENT_REMAP && msg.arg.remap.from == (uintptr_t)watch->at)
		watch->at = (char *)(uintptr_t)msg.arg.remap.to;
	else if (msg.event == UFFD_EVENT_PAGEFAULT &&
		 msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		fault(watch, who, msg.arg.pagefault.address);
}

static void *watcher(void *data)
{
	struct uffd_watch *watch = data;
	struct pollfd fds[UFFD_WATCHED + 1] = { { .fd = watch->stop[0], .events = POLLIN } };
	unsigned int count;

	for (;;) {
		count = watch->count;
		for (unsigned int who = 0; who < count; who++)
			fds[who + 1] = (struct pollfd){ .fd = watch->fd[who], .events = POLLIN };
		if (poll(fds, count + 1, -1) < 0 && errno != EINTR)
			fail("poll of a userfaultfd");
		for (unsigned int who = 0; who < count; who++)
			if (fds[who + 1].revents & POLLIN)
				handle(watch, who);
			else if (fds[who + 1].revents) /* the process has left */
				watch->fd[who] = -1;
		if (fds[0].revents)
			return NULL;
	}
}

void uffd_watch_start(struct uffd_watch *watch, int fd, void *at, size_t len, size_t page)
{
	*watch = (struct uffd_watch){ .at = at, .len = len, .page = page };
	pthread_mutex_init(&watch->lock, NULL);
	watch_process(watch, fd);
	watch->reported = watch->of[0];
	if (pipe2(watch->stop, O_CLOEXEC))
		fail("setting up the userfaultfd watcher");
	errno = pthread_create(&watch->thread, NULL, watcher, watch);
	if (errno)
		fail("starting the userfaultfd watcher");
}

void uffd_watch_stop(struct uffd_watch *watch)
{
	/* A byte, not the end of the pipe: a child that was forked has the other end too. */
	if (write(watch->stop[1], "", 1) != 1)
		fail("stopping the userfaultfd watcher");
	pthread_join(watch->thread, NULL);
	close(watch->stop[0]);
	close(watch->stop[1]);
	for (unsigned int who = 0; who < watch->count; who++) {
		free(watch->of[who]);
		if (who && watch->fd[who] >= 0)
			close(watch->fd[who]);
	}
	watch->reported = NULL;
}
