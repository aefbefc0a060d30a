// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include "mem.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WINDOW	8
#define OUT_MAX (16u << 20)
#define PIPE	(1 << 20) /* what a program may say while another's answer is read */

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

static void start(struct probe *p, double limit)
{
	int ends[2];

	p->out = mem_zero(1, 1);
	p->pid = -1;
	p->fd = p->pidfd = -1;
	p->end = now() + limit;
	if (pipe2(ends, O_CLOEXEC))
		return;
	p->pid = fork();
	if (!p->pid)
		child(p, ends[1]);
	close(ends[1]);
	p->fd = ends[0];
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	fcntl(p->fd, F_SETPIPE_SZ, PIPE);
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
		memcpy(p->out + p->len, part, got);
		p->len += got;
		p->out[p->len] = '\0';
	}
	if (!got) {
		close(p->fd);
		p->fd = -1;
	}
}

static void finish(struct probe *p)
{
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
static bool serve(struct probe *p, const struct pollfd *fds)
{
	bool late = now() > p->end;

	if (fds[0].revents && p->fd >= 0)
		take(p);
	p->late = late && !fds[1].revents;
	if (p->pidfd >= 0 && !fds[1].revents && !late)
		return true;
	finish(p);
	return false;
}

/* At most WINDOW at a time: when one is done, the next begins. */
void probe_all(struct probe *probes, size_t n, unsigned int seconds, void (*done)(struct probe *))
{
	struct probe *running[WINDOW];
	struct pollfd fds[2 * WINDOW];
	size_t next = 0, active = 0;

	while (active || next < n) {
		while (active < WINDOW && next < n) {
			start(&probes[next], seconds);
			running[active++] = &probes[next++];
		}
		for (size_t i = 0; i < active; i++) {
			fds[2 * i] = (struct pollfd){ .fd = running[i]->fd, .events = POLLIN };
			fds[2 * i + 1] =
				(struct pollfd){ .fd = running[i]->pidfd, .events = POLLIN };
		}
		poll(fds, 2 * active, 100);
		for (size_t i = active; i--;)
			if (!serve(running[i], &fds[2 * i])) {
				done(running[i]);
				running[i] = running[--active];
			}
	}
}
