// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper.h"

#include "mem.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define WORDS_MAX 8

bool helper_exists(const char *name)
{
	char *path = places_file(name);
	bool is = !access(path, X_OK);

	free(path);
	return is;
}

pid_t helper_start(const char *name, const char *const *words, int in)
{
	char *path = places_file(name), *argv[WORDS_MAX + 2] = { path };
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;

	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[i + 1] = (char *)words[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (posix_spawn(&pid, path, &actions, NULL, argv, environ))
		pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	free(path);
	return pid;
}

bool helper_end(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return !status;
}
