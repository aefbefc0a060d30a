// SPDX-License-Identifier: GPL-2.0-or-later
#include "script.h"

#include "mem.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int stop_fd = -1;

void script_stop_on(int fd)
{
	stop_fd = fd;
}

__attribute__((noreturn)) static void child(const char *const *argv, int out, bool all)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	stop_child();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (all)
		dup2(out, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: cannot run %s: %s\n", program_invocation_short_name, argv[0],
		strerror(errno));
	_exit(127);
}

/* Its exit code; -1 when it had none. */
static int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Reads all that it says; a stop that comes meanwhile goes to it. */
static void read_all(int fd, pid_t pid, FILE *to)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
				{ .fd = stop_fd, .events = POLLIN } };
	char data[4096];
	ssize_t got = 1;

	while (got > 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents) {
			kill(-pid, SIGTERM);
			fds[1].fd = -1;
		}
		if (!fds[0].revents)
			continue;
		got = read(fd, data, sizeof(data));
		if (got > 0)
			fwrite(data, 1, got, to);
	}
}

/* What it says, a new string; ALL: on stderr, too. */
static char *hear(const char *const *argv, bool all, int *code)
{
	char *text = NULL;
	size_t size;
	int out[2];
	FILE *heard;
	pid_t pid;

	*code = -1;
	if (pipe2(out, O_CLOEXEC))
		return mem_copy("");
	fflush(stdout);
	pid = fork();
	if (!pid)
		child(argv, out[1], all);
	close(out[1]);
	if (pid > 0)
		setpgid(pid, pid);
	heard = open_memstream(&text, &size);
	if (pid > 0)
		read_all(out[0], pid, heard);
	fclose(heard);
	close(out[0]);
	if (pid > 0)
		*code = end_of(pid);
	return text;
}

char *script_line(const char *const *argv)
{
	int code;
	char *line = hear(argv, false, &code);

	line[strcspn(line, "\n")] = '\0';
	if (!code)
		return line;
	free(line);
	return NULL;
}

int script_text(const char *const *argv, char **text)
{
	int code;

	*text = hear(argv, true, &code);
	return code;
}

bool script_run(const char *const *argv)
{
	char *line = script_line(argv);
	bool worked = line;

	free(line);
	return worked;
}

bool script_exists(const char *name)
{
	char *path = mem_copy(getenv("PATH") ? getenv("PATH") : ""), *save, *file;
	bool found = false;

	for (char *dir = strtok_r(path, ":", &save); dir && !found;
	     dir = strtok_r(NULL, ":", &save)) {
		file = mem_text("%s/%s", dir, name);
		found = !access(file, X_OK);
		free(file);
	}
	free(path);
	return found;
}

void script_widen_path(void)
{
	const char *path = getenv("PATH");
	char *wide = mem_text("%s%s/usr/sbin:/sbin", path ? path : "", path && *path ? ":" : "");

	setenv("PATH", wide, 1);
	free(wide);
}

char *script_cache(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache == '/')
		return mem_text("%s/lostwrite", cache);
	return mem_text("%s/.cache/lostwrite", home && *home ? home : "/root");
}
