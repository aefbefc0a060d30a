// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include "file.h"
#include "mem.h"
#include "res.h"

#include <mntent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *mounted_at(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	char *dir = NULL;

	while (mounts && !dir && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			dir = mem_copy(m->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return dir;
}

/* This process's own place in the v2 hierarchy: the line "0::/user.slice/...". */
static char *own_path(void)
{
	char *text = file_text("/proc/self/cgroup"), *line, *path = NULL;

	line = text ? strstr(text, "0::/") : NULL;
	if (line && (line == text || line[-1] == '\n')) {
		line[strcspn(line, "\n")] = '\0';
		path = mem_copy(line + 3);
	}
	free(text);
	return path;
}

static char *create_below(const char *mount, const char *path)
{
	char *dir, *procs = mem_text("%s%s/cgroup.procs", mount, path);
	bool writable = !access(procs, W_OK);

	free(procs);
	if (!writable)
		return NULL;
	dir = mem_text("%s%s/lostwrite-%d", mount, strcmp(path, "/") ? path : "", getpid());
	if (res_mkdir(dir))
		return dir;
	free(dir);
	return NULL;
}

/* Only below the root do all controllers work; others have but what was delegated to them. */
char *cgroup_create(void)
{
	char *mount = mounted_at(), *own = own_path(), *dir = NULL;

	if (mount)
		dir = create_below(mount, "/");
	if (mount && own && !dir)
		dir = create_below(mount, own);
	free(mount);
	free(own);
	return dir;
}

/* Before 5.14. What hides in a cgroup of its own is left to the group and the subreaper. */
static void kill_each(const char *dir)
{
	char *path = mem_text("%s/cgroup.procs", dir), *text = file_text(path), *pid, *save;

	for (pid = text ? strtok_r(text, "\n", &save) : NULL; pid;
	     pid = strtok_r(NULL, "\n", &save))
		kill(atoi(pid), SIGKILL);
	free(text);
	free(path);
}

static bool populated(const char *events)
{
	char *text = file_text(events);
	bool yes = text && strstr(text, "populated 1");

	free(text);
	return yes;
}

void cgroup_kill(const char *dir)
{
	char *knob = mem_text("%s/cgroup.kill", dir);
	char *events = mem_text("%s/cgroup.events", dir);

	for (int tries = 0; tries < 400 && populated(events); tries++) {
		if (!file_put(knob, "1"))
			kill_each(dir);
		usleep(5000);
	}
	free(knob);
	free(events);
}
