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
static void attend(const struct terminal *t, const struct guest *g)
{
	struct pollfd fds[] = { { .fd = g->pidfd, .events = POLLIN },
				{ .fd = t->stop->fd, .events = POLLIN } };

	while (!fds[0].revents && !t->stop->asked && (!t->deadline || job_now() < t->deadline)) {
		poll(fds, 2, TICK_MS);
		stop_look(t->stop);
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

static int conclude(const struct terminal *t, int code, int status)
{
	if (code >= 0)
		return code;
	if (t->stop->asked)
		return EXIT_INTERRUPTED;
	if (t->deadline && job_now() >= t->deadline)
		refuse("--timeout came before the guest ended");
	else if (t->job.shell && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	else
		refuse("the guest ended before its command");
	return EXIT_BROKEN;
}

int terminal_run(const struct terminal *t)
{
	int initrd = initrd_open(t->parts, &t->job, t->cache), code, status;
	struct guest guest;

	if (initrd < 0 ||
	    !guest_start(&guest, t->kernel, t->shape, t->disks, initrd, false, t->cache)) {
		refuse("cannot start the guest: %s", strerror(errno));
		return EXIT_BROKEN;
	}
	attend(t, &guest);
	code = exit_code(&guest);
	status = guest_end(&guest);
	close(guest.files);
	close(initrd);
	return conclude(t, code, status);
}
