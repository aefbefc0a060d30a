// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenes.h"

#include "mem.h"
#include "suite.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SCENE_MAX 65536

char *scenes_id(const char *name)
{
	char *id = mem_copy(name), *slash = strchr(id, '/');

	if (slash)
		*slash = '.';
	return id;
}

static char *read_all(int fd)
{
	char *text = mem_zero(SCENE_MAX + 1, 1);
	size_t len = 0;
	ssize_t got;

	while (len < SCENE_MAX && (got = read(fd, text + len, SCENE_MAX - len)) > 0)
		len += got;
	close(fd);
	return text;
}

char *scenes_text(const struct suite_program *p, const struct suite_cell *cell)
{
	const char *name = cell->id + strlen(p->name) + (cell->id[strlen(p->name)] == '.');
	char *words[] = { p->path, mem_copy("--cell"), mem_copy(*name ? name : cell->id),
			  mem_copy("--scene"), NULL };
	posix_spawn_file_actions_t actions;
	int tell[2], status = -1;
	char *text = NULL;
	pid_t pid;

	if (pipe(tell))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, tell[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, tell[0]);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
	if (!posix_spawn(&pid, p->path, &actions, NULL, words, environ)) {
		close(tell[1]);
		text = read_all(tell[0]);
		waitpid(pid, &status, 0);
	}
	posix_spawn_file_actions_destroy(&actions);
	for (int i = 1; i < 4; i++)
		free(words[i]);
	if (!status)
		return text;
	free(text);
	return NULL;
}
