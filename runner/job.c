// SPDX-License-Identifier: GPL-2.0-or-later
#include "job.h"

#include "cgroup.h"
#include "knob.h"
#include "orphans.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TERM_SECONDS 2.0  /* from SIGTERM to SIGKILL */
#define KILL_SECONDS 10.0 /* from SIGKILL to giving up */
#define TICK_MS	     100
#define DRAIN_MAX    (1 << 20)

enum { OUT, ERR, KMSG, STOP, DEAD, FDS };

struct running {
	struct job *job;
	pid_t pid;
	struct pollfd fds[FDS];
	double started, deadline; /* of the phase; while it lives the job's limit */
	enum { LIVING, ASKED, KILLED } phase;
};

double job_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void child(const struct job *j, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	stop_child();
	/*
	 * When the runner is killed, SIGTERM lets the program undo what it did;
	 * should it hang, `undo` finds it in its cgroup. Without one nobody
	 * would.
	 */
	prctl(PR_SET_PDEATHSIG, j->cgroup->dir ? SIGTERM : SIGKILL);
	cgroup_enter(j->cgroup);
	knob_write("/proc/self/oom_score_adj", "500"); /* rather the test than its runner */
	setenv("LOSTWRITE_OUT", j->out_dir, 1);
	if (dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2)
		execv(j->argv[0], j->argv);
	fprintf(stderr, "cannot run %s: %s\n", j->argv[0], strerror(errno));
	_exit(127);
}

static bool start(struct running *r)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC))
		return false;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	r->pid = fork();
	if (!r->pid)
		child(r->job, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	r->fds[OUT] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	r->fds[ERR] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	r->fds[KMSG] = (struct pollfd){ .fd = r->job->kmsg, .events = POLLIN };
	r->fds[STOP] = (struct pollfd){ .fd = r->job->stop->fd, .events = POLLIN };
	r->fds[DEAD] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (r->pid < 0)
		return false;
	setpgid(r->pid, r->pid); /* whoever of the two is first */
	r->fds[DEAD].fd = syscall(SYS_pidfd_open, r->pid, 0);
	return true;
}

/* Reads what is there. The number of bytes; the end of the stream closes it. */
static size_t take(struct running *r, int which)
{
	char data[65536];
	ssize_t got = read(r->fds[which].fd, data, sizeof(data));

	if (got > 0 && which == OUT)
		r->job->out(r->job->arg, data, got);
	else if (got > 0)
		r->job->err(r->job->arg, data, got);
	else if (!got || errno != EAGAIN) {
		close(r->fds[which].fd);
		r->fds[which].fd = -1;
	}
	return got > 0 ? got : 0;
}

static void kill_all(struct running *r)
{
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL);
	cgroup_kill(r->job->cgroup);
}

static void ask_to_end(struct running *r)
{
	kill(r->pid, SIGTERM);
	kill(r->pid, SIGCONT);
	r->phase = ASKED;
	r->deadline = job_now() + TERM_SECONDS;
}

static void end_now(struct running *r)
{
	kill_all(r);
	r->phase = KILLED;
	r->deadline = job_now() + KILL_SECONDS;
}

static void obey_stop(struct running *r)
{
	stop_look(r->job->stop);
	if (!r->job->stop->asked)
		return;
	r->job->stopped |= r->phase == LIVING;
	if (r->job->stop->asked > 1 && r->phase != KILLED)
		end_now(r);
	else if (r->phase == LIVING)
		ask_to_end(r);
}

static bool is_over(const struct running *r)
{
	return job_now() >= (r->phase == LIVING ? r->started + r->job->limit : r->deadline);
}

static void obey_deadline(struct running *r)
{
	if (is_over(r) && r->phase == LIVING)
		r->job->late(r->job->arg);
	if (!is_over(r))
		return;
	switch (r->phase) {
	case LIVING:
		r->job->timed_out = true;
		ask_to_end(r);
		break;
	case ASKED:
		end_now(r);
		break;
	case KILLED:
		r->job->stuck = true;
		break;
	}
}

/* True when the process has ended. Kernels before 5.3 have no pidfd. */
static bool ended(const struct running *r)
{
	siginfo_t info = { .si_pid = 0 };

	waitid(P_PID, r->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == r->pid;
}

static void loop(struct running *r)
{
	obey_stop(r); /* asked before we started */
	while (!ended(r) && !r->job->stuck) {
		poll(r->fds, FDS, TICK_MS);
		if (r->fds[OUT].revents)
			take(r, OUT);
		if (r->fds[ERR].revents)
			take(r, ERR);
		if (r->fds[KMSG].revents)
			r->job->log(r->job->arg);
		obey_stop(r);
		obey_deadline(r);
		r->job->tick(r->job->arg);
	}
}

/* What is still in the pipes; a process that escaped may go on writing for ever. */
static void drain(struct running *r, int which)
{
	size_t total = 0, got;

	do {
		got = r->fds[which].fd >= 0 ? take(r, which) : 0;
		total += got;
	} while (got && total < DRAIN_MAX);
}

static void finish(struct running *r)
{
	if (r->pid > 0 && !r->job->stuck) {
		/* Before it is reaped: its number, and so its group's, is still its own. */
		kill_all(r);
		waitpid(r->pid, &r->job->status, 0);
		r->job->leftovers = orphans_end();
	}
	drain(r, OUT);
	drain(r, ERR);
	for (int i = 0; i < FDS; i++)
		if (i != KMSG && i != STOP && r->fds[i].fd >= 0)
			close(r->fds[i].fd);
}

void job_run(struct job *j)
{
	struct running r = { .job = j, .started = job_now() };

	j->started = start(&r);
	if (j->started) {
		loop(&r);
		j->seconds = job_now() - r.started;
		finish(&r);
	}
}
