// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"
#include "fail.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not FUTEX_PRIVATE: the gate lies in memory that several processes map. */
void gate_doze(struct gate *gate, int step)
{
	struct timespec tick = { .tv_nsec = 100000000 };

	syscall(SYS_futex, &gate->step, FUTEX_WAIT, step, &tick, NULL, 0);
}

void gate_set(struct gate *gate, int step)
{
	atomic_store(&gate->step, step);
	syscall(SYS_futex, &gate->step, FUTEX_WAKE, __INT_MAX__, NULL, NULL, 0);
}

int gate_get(const struct gate *gate)
{
	return atomic_load(&gate->step);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

bool gate_wait(struct gate *gate, int step, unsigned int seconds)
{
	time_t end = now() + seconds + 1;
	int at;

	while ((at = gate_get(gate)) != step) {
		if (now() >= end)
			return false;
		gate_doze(gate, at);
	}
	return true;
}

int gate_wait_change(struct gate *gate, int step, unsigned int seconds)
{
	time_t end = now() + seconds + 1;

	while (gate_get(gate) == step && now() < end)
		gate_doze(gate, step);
	return gate_get(gate);
}

void *child_shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		fail("%zu bytes of shared memory", size);
	return mem;
}

/* Who called fork() last: in a child, its parent. */
static pid_t forker;

static void remember(void)
{
	forker = getpid();
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(remember, NULL, NULL);
}

void child_bind(void)
{
	pid_t parent = forker ? forker : getppid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have died before the line above, or before this function. */
	if (getppid() != parent)
		_exit(99);
}

pid_t child_fork_idle(void)
{
	pid_t child = fork();

	if (!child) {
		child_bind();
		for (;;)
			pause();
	}
	if (child < 0)
		fail("fork");
	return child;
}

int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("waiting for child %d", pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1 - WTERMSIG(status);
}

void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	child_wait(pid);
}

static pid_t spared;

void child_spare(pid_t pid)
{
	spared = pid;
}

/*
 * How many there are to wait for; -1: nobody can be told. CONFIG_PROC_CHILDREN is
 * everywhere but in tiny kernels.
 */
static int kill_children(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int pid, n = 0;

	if (!list)
		return -1;
	while (fscanf(list, "%d", &pid) == 1)
		if (pid != spared) {
			kill(pid, SIGKILL);
			n++;
		}
	fclose(list);
	return n;
}

unsigned int child_end_others(void)
{
	unsigned int ended = 0;
	int left;
	pid_t pid;

	while ((left = kill_children())) {
		pid = waitpid(-1, NULL, left > 0 ? 0 : WNOHANG);
		if (!pid || (pid < 0 && errno != EINTR))
			break;
		ended += pid > 0;
	}
	return ended;
}

unsigned int child_end_all(void)
{
	spared = 0;
	return child_end_others();
}
