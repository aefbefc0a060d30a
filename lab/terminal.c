// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal.h"

#include "job.h"
#include "js.h"
#include "refuse.h"
#include "split.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
#define TICK_MS		 200

/* Until the guest has ended, or should. */
static void attend(const struct boot *b, const struct guest *g)
{
	struct pollfd fds[] = { { .fd = g->pidfd, .events = POLLIN },
				{ .fd = b->stop->fd, .events = POLLIN } };

	while (!fds[0].revents && !b->stop->asked && (!b->deadline || job_now() < b->deadline)) {
		poll(fds, 2, TICK_MS);
		stop_look(b->stop);
	}
}

static void take(void *arg, const char *line, size_t len)
{
	json_t *event = json_loadb(line, len, 0, NULL);

	if (json_object_get(event, "exit"))
		*(int *)arg = js_number(event, "exit");
	json_decref(event);
}

/* What init said last, or -1: it did not get there. */
static int exit_code(const struct guest *g)
{
	struct split split = { .part = NULL };
	char data[4096];
	ssize_t got;
	int code = -1;

	while ((got = read(g->journal, data, sizeof(data))) > 0)
		split_feed(&split, data, got, take, &code);
	split_free(&split);
	return code;
}

static int conclude(const struct boot *b, int code, int status)
{
	if (code >= 0)
		return code;
	if (b->stop->asked)
		return EXIT_INTERRUPTED;
	if (b->deadline && job_now() >= b->deadline)
		refuse("--timeout came before the guest ended");
	else if (b->shape->shell && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	else
		refuse("the guest ended before its command");
	return EXIT_BROKEN;
}

int terminal_run(const struct boot *b)
{
	struct guest guest;
	int code, status;

	if (!guest_start(&guest, b->kernel, b->shape, b->disks, b->initrd, false, b->cache)) {
		refuse("cannot start the guest: %s", strerror(errno));
		return EXIT_BROKEN;
	}
	attend(b, &guest);
	code = exit_code(&guest);
	status = guest_end(&guest);
	close(guest.files);
	return conclude(b, code, status);
}
