// SPDX-License-Identifier: GPL-2.0-or-later
#include "places.h"

#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *places_short(const char *path)
{
	char cwd[PATH_MAX];
	size_t len;

	if (!getcwd(cwd, sizeof(cwd)))
		return mem_copy(path);
	len = strlen(cwd);
	if (len == 1 || strncmp(path, cwd, len) || path[len] != '/')
		return mem_copy(path);
	path += len + 1;
	return mem_text("%s%s", strchr(path, '/') ? "" : "./", path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Object files, dependency files and editors' copies all have a dot. */
static int no_dot(const struct dirent *e)
{
	return !strchr(e->d_name, '.');
}

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* Adds the programs of DIR to PATHS. False when there is no such directory. */
static bool scan(const char *dir, char ***paths, size_t *n)
{
	struct dirent **entries;
	char real[PATH_MAX], *path;
	int found;

	if (!realpath(dir, real))
		return false;
	found = scandir(real, &entries, no_dot, by_name);
	if (found < 0)
		return false;
	*paths = mem_grow(*paths, *n + found, sizeof(**paths));
	for (int i = 0; i < found; i++) {
		path = mem_text("%s/%s", real, entries[i]->d_name);
		if (is_program(path))
			(*paths)[(*n)++] = places_short(path);
		free(path);
		free(entries[i]);
	}
	free(entries);
	return true;
}

static bool scan_both(const char *base, char ***paths, size_t *n)
{
	char *reproducers = mem_text("%s/reproducers", base);
	char *workloads = mem_text("%s/workloads", base);
	bool found = scan(reproducers, paths, n);

	found |= scan(workloads, paths, n);
	free(reproducers);
	free(workloads);
	return found;
}

/* BUILD of BUILD/runner/lostwrite. */
static bool build_dir(char *dir)
{
	ssize_t len = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	if (len < 0)
		return false;
	dir[len] = '\0';
	for (int up = 0; up < 2; up++) {
		slash = strrchr(dir, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	return true;
}

char *places_file(const char *name)
{
	char build[PATH_MAX], *path;

	if (build_dir(build)) {
		path = mem_text("%s/%s", build, name);
		if (!access(path, F_OK))
			return path;
		free(path);
	}
	return mem_text("%s/%s", LW_LIBEXECDIR, name);
}

bool places_in_build(void)
{
	char build[PATH_MAX], *runner;
	bool there;

	if (!build_dir(build))
		return false;
	runner = mem_text("%s/runner/lostwrite", build);
	there = !access(runner, F_OK);
	free(runner);
	return there;
}

char **places_programs(size_t *n)
{
	const char *override = getenv("LOSTWRITE_PROGRAMS");
	char build[PATH_MAX], **paths = NULL;

	*n = 0;
	if (override) {
		if (scan(override, &paths, n))
			return paths;
		fprintf(stderr, "%s: $LOSTWRITE_PROGRAMS '%s': %s\n", program_invocation_short_name,
			override, strerror(errno));
		return NULL;
	}
	if (build_dir(build) && scan_both(build, &paths, n))
		return paths;
	if (scan_both(LW_LIBEXECDIR, &paths, n))
		return paths;
	fprintf(stderr, "%s: no case programs in %s or %s; build or install them first\n",
		program_invocation_short_name, build, LW_LIBEXECDIR);
	return NULL;
}
