// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include "mem.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WINDOW	8
#define OUT_MAX (16u << 20)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void child(const struct probe *p, int out)
{
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	execl(p->path, p->path, p->option, (char *)NULL);
	_exit(127);
}

static void start(struct probe *p)
{
	int ends[2];

	p->out = mem_zero(1, 1);
	p->pid = -1;
	p->fd = p->pidfd = -1;
	if (pipe2(ends, O_CLOEXEC))
		return;
	p->pid = fork();
	if (!p->pid)
		child(p, ends[1]);
	close(ends[1]);
	p->fd = ends[0];
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	if (p->pid > 0)
		p->pidfd = syscall(SYS_pidfd_open, p->pid, 0);
}

static void take(struct probe *p)
{
	char part[65536];
	ssize_t got;

	while ((got = read(p->fd, part, sizeof(part))) > 0) {
		if (p->len + got > OUT_MAX)
			continue;
		p->out = mem_grow(p->out, p->len + got + 1, 1);
		for (ssize_t i = 0; i < got; i++)
			p->out[p->len++] = part[i];
		p->out[p->len] = '\0';
	}
	if (!got) {
		close(p->fd);
		p->fd = -1;
	}
}

static void finish(struct probe *p)
{
	if (p->done)
		return;
	p->done = true;
	if (p->pid > 0) {
		kill(-p->pid, SIGKILL);
		waitpid(p->pid, &p->status, 0);
	}
	if (p->fd >= 0)
		take(p);
	if (p->fd >= 0)
		close(p->fd);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->fd = p->pidfd = -1;
}

/* True while it runs. */
static bool serve(struct probe *p, const struct pollfd *fds, bool late)
{
	if (p->done || p->pidfd < 0)
		return false;
	if (fds[0].revents && p->fd >= 0)
		take(p);
	p->late = late && !fds[1].revents;
	if (!fds[1].revents && !late)
		return true;
	finish(p);
	return false;
}

static void window(struct probe *p, size_t n, double limit)
{
	struct pollfd fds[2 * WINDOW];
	double end = now() + limit;
	bool running = true;

	for (size_t i = 0; i < n; i++)
		start(&p[i]);
	while (running) {
		for (size_t i = 0; i < n; i++) {
			fds[2 * i] = (struct pollfd){ .fd = p[i].fd, .events = POLLIN };
			fds[2 * i + 1] = (struct pollfd){ .fd = p[i].pidfd, .events = POLLIN };
		}
		poll(fds, 2 * n, 100);
		running = false;
		for (size_t i = 0; i < n; i++)
			running |= serve(&p[i], &fds[2 * i], now() > end);
	}
	for (size_t i = 0; i < n; i++)
		finish(&p[i]);
}

void probe_all(struct probe *probes, size_t n, unsigned int seconds)
{
	for (size_t i = 0; i < n; i += WINDOW)
		window(probes + i, n - i < WINDOW ? n - i : WINDOW, seconds);
}
