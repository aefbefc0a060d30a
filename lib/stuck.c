// SPDX-License-Identifier: GPL-2.0-or-later
#include "stuck.h"

#include "deadline.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULTS_FEW 1000 /* of one instruction; two pages and their tables are a handful */
#define STEP_MS	   1000

/* Minor and major: proc_pid_stat(5), fields 10 and 12. 0 for a thread that sleeps. */
static unsigned long faults_of(pid_t tid)
{
	char path[64], line[1024], *rest = NULL;
	unsigned long minor, major;
	FILE *stat;
	char state;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	stat = fopen(path, "re");
	if (!stat)
		return 0;
	if (fgets(line, sizeof(line), stat))
		rest = strrchr(line, ')'); /* the name before it may be anything */
	fclose(stat);
	if (!rest ||
	    sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %lu %*u %lu", &state, &minor, &major) != 3)
		return 0;
	return state == 'S' ? 0 : minor + major;
}

static bool stops_within(pid_t tid, unsigned int ms)
{
	struct deadline d = deadline_in(ms);
	int status;

	while (!waitpid(tid, &status, __WALL | WNOHANG))
		if (!deadline_wait(&d))
			return false;
	return true;
}

/* A step ends behind the instruction, however many faults that took: or it does not end. */
static unsigned long faults_in_step(pid_t tid)
{
	unsigned long before = faults_of(tid), after;

	if (!before || ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return 0;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) || !stops_within(tid, STEP_MS))
		return 0;
	if (!ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL) && !stops_within(tid, STEP_MS)) {
		after = faults_of(tid);
		return after > before + FAULTS_FEW ? after : 0;
	}
	ptrace(PTRACE_DETACH, tid, NULL, NULL);
	return 0;
}

static unsigned long below(pid_t pid, pid_t tid);

static unsigned long in_process(pid_t pid)
{
	char path[64];
	unsigned long faults = 0;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && !faults && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid > 0)
			faults = faults_in_step(tid);
		if (tid > 0 && !faults)
			faults = below(pid, tid);
	}
	if (tasks)
		closedir(tasks);
	return faults;
}

static unsigned long below(pid_t pid, pid_t tid)
{
	char path[64];
	unsigned long faults = 0;
	FILE *children;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, tid);
	children = fopen(path, "re");
	while (children && !faults && fscanf(children, "%d", &child) == 1)
		faults = in_process(child);
	if (children)
		fclose(children);
	return faults;
}

unsigned long stuck_faults(void)
{
	return below(getpid(), getpid());
}
