// SPDX-License-Identifier: GPL-2.0-or-later
#include "ladder-child.h"

#include "job.h"
#include "js.h"
#include "ladder.h"
#include "mem.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 256

static void fill(const struct ladder *l, const struct ladder_kernel *k, const char **argv)
{
	size_t n = 0;

	argv[n++] = "lostwrite";
	argv[n++] = "vm";
	argv[n++] = k->option;
	argv[n++] = k->value;
	if (k->modules) {
		argv[n++] = "--modules";
		argv[n++] = k->modules;
	}
	argv[n++] = "--results";
	argv[n++] = k->dir;
	for (size_t i = 0; l->vm_args[i] && n < WORDS_MAX / 2; i++)
		argv[n++] = l->vm_args[i];
	argv[n++] = "--";
	for (size_t i = 0; l->run_args[i] && n < WORDS_MAX - 1; i++)
		argv[n++] = l->run_args[i];
	argv[n] = NULL;
}

/* In a group of its own: a ^C at the terminal reaches it through us, once. */
__attribute__((noreturn)) static void child(const struct ladder *l, const struct ladder_kernel *k,
					    int events, int complaints)
{
	const char *argv[WORDS_MAX];
	char *log = mem_text("%s.log", k->dir), stream[32];
	int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644), null = open("/dev/null", O_RDONLY);

	stop_child();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fcntl(events, F_SETFD, 0);
	snprintf(stream, sizeof(stream), "/dev/fd/%d", events);
	setenv("LOSTWRITE_STREAM", stream, 1);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(complaints, STDERR_FILENO);
	fill(l, k, argv);
	execv("/proc/self/exe", (char *const *)argv);
	fprintf(stderr, "cannot run vm: %s\n", strerror(errno));
	_exit(EXIT_BROKEN);
}

void ladder_child_start(struct ladder *l, struct ladder_kernel *k)
{
	int events[2], complaints[2];

	k->state = LADDER_RUNS;
	k->started = job_now();
	k->dir = mem_text("%s/%s", l->dir, k->label);
	if (pipe2(events, O_CLOEXEC) || pipe2(complaints, O_CLOEXEC)) {
		k->state = LADDER_DONE;
		k->exit = EXIT_BROKEN;
		k->said = mem_text("out of files");
		return;
	}
	fflush(stdout);
	k->pid = fork();
	if (!k->pid)
		child(l, k, events[1], complaints[1]);
	close(events[1]);
	close(complaints[1]);
	k->events = events[0];
	k->complaints = complaints[0];
	fcntl(k->events, F_SETFL, O_NONBLOCK);
	fcntl(k->complaints, F_SETFL, O_NONBLOCK);
}

static void take_event(void *arg, const char *line, size_t len)
{
	struct ladder_kernel *k = arg;
	json_t *event = json_loadb(line, len, 0, NULL);

	if (js_string(event, "event") && record_event(&k->record, event) && k->took)
		k->took(k->arg, event);
	json_decref(event);
}

static void take_complaint(void *arg, const char *line, size_t len)
{
	struct ladder_kernel *k = arg;

	free(k->said);
	k->said = mem_text("%.*s", (int)len, line);
	js_clean(k->said);
}

static void drain(int *fd, struct split *split, void (*fn)(void *, const char *, size_t), void *arg)
{
	char data[65536];
	ssize_t got = 1;

	while (*fd >= 0 && got > 0) {
		got = read(*fd, data, sizeof(data));
		if (got > 0)
			split_feed(split, data, got, fn, arg);
		else if (!got || errno != EAGAIN) {
			close(*fd);
			*fd = -1;
		}
	}
}

/* Its one run below the directory that it had for itself, if it got that far. */
static void find_run(struct ladder_kernel *k)
{
	char *link = mem_text("%s/latest", k->dir), name[NAME_MAX + 1];
	ssize_t len = readlink(link, name, sizeof(name) - 1);

	free(link);
	link = k->dir;
	k->dir = len < 0 ? NULL : mem_text("%s/%.*s", link, (int)len, name);
	free(link);
}

bool ladder_child_look(struct ladder_kernel *k)
{
	int status;

	if (k->state != LADDER_RUNS)
		return false;
	drain(&k->events, &k->event_split, take_event, k);
	drain(&k->complaints, &k->complaint_split, take_complaint, k);
	if (k->pid > 0 && waitpid(k->pid, &status, WNOHANG) != k->pid)
		return false;
	drain(&k->events, &k->event_split, take_event, k);
	drain(&k->complaints, &k->complaint_split, take_complaint, k);
	split_free(&k->event_split);
	split_free(&k->complaint_split);
	k->exit = k->pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BROKEN;
	k->seconds = job_now() - k->started;
	k->state = LADDER_DONE;
	find_run(k);
	return true;
}
