// SPDX-License-Identifier: GPL-2.0-or-later
#include "orphans.h"

#include "file.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int parent_of(const char *pid)
{
	char path[280], *stat, *rest;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	stat = file_text(path);
	rest = stat ? strrchr(stat, ')') : NULL; /* the name before it may hold anything */
	if (rest)
		sscanf(rest + 1, " %*c %d", &parent);
	free(stat);
	return parent;
}

static void kill_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (isdigit((unsigned char)*e->d_name) && parent_of(e->d_name) == getpid())
			kill(atoi(e->d_name), SIGKILL);
	if (proc)
		closedir(proc);
}

unsigned int orphans_end(void)
{
	unsigned int ended = 0;
	pid_t pid;

	for (int tries = 0; tries < 400; tries++) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			ended++;
		if (pid < 0)
			break;
		kill_children();
		usleep(5000);
	}
	return ended;
}
