// SPDX-License-Identifier: GPL-2.0-or-later
#include "rundir.h"

#include "mem.h"
#include "places.h"
#include "res.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define SAME_SECOND_MAX 1000

/* XDG: a path that is not absolute counts as none. NULL when there is no home either. */
static char *state_home(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return mem_text("%s/lostwrite", state);
	return home && *home == '/' ? mem_text("%s/.local/state/lostwrite", home) : NULL;
}

/* Of an installation; NULL in the build. */
static const char *installed_results(void)
{
	static char *dir;

	if (!dir && !places_in_build())
		dir = geteuid() ? state_home() : mem_text("%s/results", res_state_dir());
	return dir;
}

const char *rundir_results(void)
{
	const char *set = getenv("LOSTWRITE_RESULTS"), *installed;

	if (set && *set)
		return set;
	installed = installed_results();
	return installed ? installed : "results";
}

/* 20261120T201500Z-6.12.107+deb13-amd64-hostname */
static char *run_name(const char *kernel, const char *host)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32], *name;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	name = mem_text("%s-%s-%s", stamp, kernel, host);
	for (char *c = name; *c; c++)
		if (*c <= ' ' || *c == '/' || *c == 0x7f)
			*c = '-';
	return name;
}

static bool make_parents(const char *path, mode_t mode)
{
	char *copy = mem_copy(path);
	bool ok = true;

	for (char *c = copy + 1; *copy && ok && (c = strchr(c, '/')); *c++ = '/') {
		*c = '\0';
		ok = !mkdir(copy, mode) || errno == EEXIST || errno == EROFS;
	}
	free(copy);
	return ok;
}

/*
 * A directory that somebody named may be shared, or a link to a larger disk. That of an
 * installation has a name which all know: it is ours and no link, or is not used.
 */
static bool make_results(const char *path)
{
	const char *installed = installed_results();

	if (!installed || strcmp(path, installed) != 0)
		return make_parents(path, 0755) && (!mkdir(path, 0755) || errno == EEXIST);
	if (!geteuid() && !res_directory(res_state_dir()))
		return false;
	return make_parents(path, 0700) && res_directory(path);
}

char *rundir_create_for(const char *results, const char *kernel, const char *host, char **why)
{
	char *name = run_name(kernel, host), *dir = mem_text("%s/%s", results, name);
	bool made = make_results(results);

	if (made)
		made = !mkdir(dir, 0755);
	for (int n = 2; !made && errno == EEXIST && n < SAME_SECOND_MAX; n++) {
		free(dir);
		dir = mem_text("%s/%s-%d", results, name, n);
		made = !mkdir(dir, 0755);
	}
	if (!made) {
		*why = mem_text("cannot make the results directory %s: %s; name a writable one "
				"with --results DIR",
				dir, strerror(errno));
		free(dir);
		dir = NULL;
	}
	free(name);
	return dir;
}

char *rundir_create(const char *results, char **why)
{
	struct utsname uts;

	uname(&uts);
	return rundir_create_for(results, uts.release, uts.nodename, why);
}

bool rundir_latest(const char *results, const char *dir)
{
	char *link = mem_text("%s/latest", results);
	char *fresh = mem_text("%s/.latest.%d", results, getpid());
	bool ok = !symlink(strrchr(dir, '/') + 1, fresh) && !rename(fresh, link);
	int saved = errno;

	if (!ok)
		unlink(fresh);
	free(fresh);
	free(link);
	errno = saved;
	return ok;
}

static char *lock_failed(int fd, const char *path)
{
	char pid[32] = "";

	if (errno != EWOULDBLOCK)
		return mem_text("cannot take the run lock %s: %s", path, strerror(errno));
	if (pread(fd, pid, sizeof(pid) - 1, 0) <= 0)
		strcpy(pid, "unknown");
	pid[strcspn(pid, "\n")] = '\0';
	return mem_text("another run is on (pid %s); two would disturb each other, wait for it",
			pid);
}

bool rundir_lock(char **why)
{
	char *path = mem_text("%s/run.lock", res_state_dir());
	int fd;

	*why = NULL;
	mkdir(res_state_dir(), 0700);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		*why = mem_text("cannot open the run lock %s: %s; set LOSTWRITE_STATE to a "
				"writable directory",
				path, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB))
		*why = lock_failed(fd, path);
	else if (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0)
		*why = mem_text("cannot write the run lock %s: %s", path, strerror(errno));
	free(path);
	if (*why && fd >= 0)
		close(fd);
	return !*why;
}
