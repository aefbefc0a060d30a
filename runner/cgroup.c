// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include "file.h"
#include "knob.h"
#include "mem.h"
#include "res.h"

#include <mntent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PIDS_MAX    4096	   /* a storm has hundreds */
#define MEMORY_LEFT (128ull << 20) /* bytes, at least */

/* The first mount of TYPE, with OPTION if that is not NULL. */
static char *mounted_at(const char *type, const char *option)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	char *dir = NULL;

	while (mounts && !dir && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, type) && (!option || hasmntopt(m, option)))
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
static char *create_v2(void)
{
	char *mount = mounted_at("cgroup2", NULL), *own = own_path(), *dir = NULL;

	if (mount)
		dir = create_below(mount, "/");
	if (mount && own && !dir)
		dir = create_below(mount, own);
	free(mount);
	free(own);
	return dir;
}

static bool set(const char *dir, const char *name, unsigned long long value)
{
	char *knob = mem_text("%s/%s", dir, name);
	bool ok = knob_write(knob, "%llu", value);

	free(knob);
	return ok;
}

/* All but what the machine needs to go on. */
static unsigned long long memory_max(void)
{
	struct sysinfo info;
	unsigned long long all, rest;

	sysinfo(&info);
	all = (unsigned long long)info.totalram * info.mem_unit;
	rest = all / 16 > MEMORY_LEFT ? all / 16 : MEMORY_LEFT;
	return all > 2 * rest ? all - rest : all;
}

static char *create_pids(void)
{
	char *mount = mounted_at("cgroup", "pids"), *dir = NULL;

	if (mount)
		dir = create_below(mount, "/");
	if (dir)
		set(dir, "pids.max", PIDS_MAX);
	free(mount);
	return dir;
}

void cgroup_create(struct cgroup *c)
{
	*c = (struct cgroup){ .dir = create_v2() };
	/* Each where the controller is on. */
	if (c->dir)
		set(c->dir, "memory.max", memory_max());
	if (!c->dir || !set(c->dir, "pids.max", PIDS_MAX))
		c->pids = create_pids();
}

void cgroup_free(struct cgroup *c)
{
	free(c->dir);
	free(c->pids);
}

void cgroup_enter(const struct cgroup *c)
{
	if (c->dir)
		set(c->dir, "cgroup.procs", 0);
	if (c->pids)
		set(c->pids, "cgroup.procs", 0);
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

static void kill_all(const char *dir)
{
	char *events = mem_text("%s/cgroup.events", dir);

	for (int tries = 0; tries < 400 && populated(events); tries++) {
		if (!set(dir, "cgroup.kill", 1))
			kill_each(dir);
		usleep(5000);
	}
	free(events);
}

void cgroup_kill(const struct cgroup *c)
{
	if (c->dir)
		kill_all(c->dir);
	else if (c->pids)
		kill_each(c->pids);
}
