// SPDX-License-Identifier: GPL-2.0-or-later
/* Stubs that do something to the machine, or to the kernel, instead of only saying so. */
#include "stub.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

/* No other process gets a CPU any more. */
static void freeze(void)
{
	struct sched_param most = { .sched_priority = 99 };
	cpu_set_t one;

	put("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	for (int cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1; cpu >= 0; cpu--) {
		if (cpu && fork())
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		sched_setscheduler(0, SCHED_FIFO, &most);
		for (;;)
			;
	}
}

/* All memory, and then some: the OOM killer comes. What is locked does not go to swap first. */
static void eat(void)
{
	size_t size = 1 << 24;
	char *mem;

	for (;;) {
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mem == MAP_FAILED || madvise(mem, size, MADV_HUGEPAGE) || mlock(mem, size))
			exit(99);
	}
}

/* What ends a guest; anywhere else it only says so. */
static void end_guest(const struct stub *s)
{
	if (access("/job/args", F_OK)) {
		fprintf(stderr, "stub: not in a guest of lostwrite's\n");
		exit(99);
	}
	if (strstr(s->name, "panic"))
		put("/proc/sysrq-trigger", "c");
	else if (strstr(s->name, "reset"))
		put("/proc/sysrq-trigger", "b");
	else if (strstr(s->name, "eat"))
		eat();
	else
		freeze();
}

/* Passes a and c, and takes the kernel with it in b. */
int stub_fatal(const struct stub *s)
{
	char id[64];
	int n = 0;

	stub_plan(stub_count(3));
	for (const char *c = s->cells; *c; c++) {
		snprintf(id, sizeof(id), "%s.%c", s->name, *c);
		if (!stub_is_wanted(id))
			continue;
		stub_cell(id);
		if (*c == 'b') {
			usleep(200000); /* the runner has read it */
			end_guest(s);
		}
		printf("ok %d %s\n", ++n, id);
		fflush(stdout);
	}
	return 0;
}

/* Leaves a process behind that left its group, its session and its parent. */
int stub_spawn(const struct stub *s)
{
	FILE *pids;
	char path[4096];

	snprintf(path, sizeof(path), "%s/pid", getenv("LOSTWRITE_OUT"));
	if (!fork()) {
		setsid();
		if (fork())
			_exit(0);
		signal(SIGTERM, SIG_IGN);
		pids = fopen(path, "w");
		if (pids) {
			fprintf(pids, "%d\n", getpid());
			fclose(pids);
		}
		stub_sleep();
	}
	while (access(path, F_OK))
		usleep(1000);
	return stub_pass(s);
}

static int sleeper(void *arg)
{
	stub_sleep();
}

#define BOMBS 6000
#define STACK 8192

/* As many processes as it may have; with one memory for all, which costs nothing to copy. */
int stub_bomb(const struct stub *s)
{
	char *stacks = mmap(NULL, BOMBS * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char counter[64];
	int n = 0;

	while (n < BOMBS && clone(sleeper, stacks + (n + 1) * STACK, CLONE_VM | SIGCHLD, NULL) > 0)
		n++;
	snprintf(counter, sizeof(counter), "# counter forked %d\n", n);
	stub_one(s, counter, "ok", "", 0);
	fflush(stdout);
	_exit(0); /* a leak checker would need a process more */
}

static bool log_line(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY);
	bool told = fd >= 0 && write(fd, line, strlen(line)) > 0;

	if (fd >= 0)
		close(fd);
	return told;
}

int stub_warn(const struct stub *s)
{
	return log_line("WARNING: CPU: 0 PID: 1 at stub.c:1 a_fake_of_the_runner_test\n")
		       ? stub_pass(s)
		       : stub_skip(s);
}

/* A watchdog barks while it runs: it passes, or under another name says that it hangs. */
int stub_lockup(const struct stub *s)
{
	stub_plan(1);
	stub_cell(s->name);
	usleep(100000); /* or the line is taken for what came before the cell */
	log_line("watchdog: BUG: soft lockup - CPU#0 stuck for 23s! a_fake_of_the_runner_test\n");
	if (strstr(s->name, "hang")) {
		printf("not ok 1 %s # ERROR no verdict within 10 s: the test hangs\n", s->name);
		return 99;
	}
	printf("ok 1 %s\n", s->name);
	return 0;
}

static bool tell(const char *path, const char *text)
{
	FILE *file = path ? fopen(path, "w") : NULL;

	return file && fputs(text, file) >= 0 && !fclose(file);
}

/* Taints what the test has put in the place of /proc/sys/kernel/tainted. */
int stub_taint(const struct stub *s)
{
	return tell(getenv("STUB_TAINT"), "512\n") ? stub_pass(s) : 99;
}

/* 256 KiB: enough to fill the small file system of the test. */
int stub_loud(const struct stub *s)
{
	for (int i = 0; i < 4096; i++)
		printf("# %060d\n", i);
	return stub_pass(s);
}

/* Takes all memory from the zram that the results are on: each write fails from now on. */
int stub_eio(const struct stub *s)
{
	return tell(getenv("STUB_EIO"), "4096\n") ? stub_loud(s) : 99;
}

/* Changes the machine, by its undo log, and is killed. */
int stub_undo(const struct stub *s)
{
	char path[4096], boot[37] = "";
	int id = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	FILE *log;

	if (id < 0 || read(id, boot, sizeof(boot) - 1) < 0)
		return 99;
	close(id);
	snprintf(path, sizeof(path), "%s/undo/%d.log", getenv("LOSTWRITE_STATE"), getpid());
	log = fopen(path, "w");
	if (!log)
		return 99;
	fprintf(log, "lostwrite-undo 1 %d 1 %s stub\nunlink\t%s/changed\n", getpid(), boot,
		getenv("LOSTWRITE_STATE"));
	fclose(log);
	snprintf(path, sizeof(path), "%s/changed", getenv("LOSTWRITE_STATE"));
	close(open(path, O_WRONLY | O_CREAT, 0600));
	return stub_signal(s);
}
