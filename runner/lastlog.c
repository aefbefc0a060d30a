// SPDX-License-Identifier: GPL-2.0-or-later
#include "lastlog.h"

#include "file.h"
#include "js.h"
#include "mem.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES_KEPT 100
#define SLACK	   60 /* seconds: the clock of a dump is the firmware's */

extern char **environ;

static void add_line(json_t *lines, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!*line)
		return;
	json_array_append_new(lines, js_text(line));
	if (json_array_size(lines) > LINES_KEPT)
		json_array_remove(lines, 0);
}

static void add_text(json_t *lines, char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save))
		add_line(lines, line);
}

/*
 * The kernel cuts a dump into files and numbers the newest part 1: with the names
 * in order, the last comes first.
 */
static void add_dumps(json_t *lines, const char *pattern, time_t since)
{
	glob_t found = { 0 };
	struct stat st;
	char *text;

	glob(pattern, 0, NULL, &found);
	for (size_t i = found.gl_pathc; i--;) {
		text = stat(found.gl_pathv[i], &st) || st.st_mtime + SLACK < since
			       ? NULL
			       : file_text(found.gl_pathv[i]);
		if (text)
			add_text(lines, text);
		free(text);
	}
	globfree(&found);
}

/* "_BOOT_ID=" and the hexadecimal digits alone; NULL when it is no boot id. */
static char *journal_match(const char *boot)
{
	char digits[33];
	size_t n = 0;

	for (; boot && *boot; boot++)
		if (isxdigit((unsigned char)*boot) && n < 32)
			digits[n++] = *boot;
		else if (*boot != '-')
			return NULL;
	digits[n] = '\0';
	return n == 32 ? mem_text("_BOOT_ID=%s", digits) : NULL;
}

static pid_t start_journalctl(const char *match, int out)
{
	const char *argv[] = { "journalctl",	  "-k", "-q",  "--no-pager", "-o",
			       "short-monotonic", "-n", "100", match,	     NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char **)argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void add_journal(json_t *lines, const char *boot)
{
	char *match = journal_match(boot), *line = NULL;
	size_t size = 0;
	int ends[2];
	pid_t pid;
	FILE *file;

	if (match && !pipe2(ends, O_CLOEXEC)) {
		pid = start_journalctl(match, ends[1]);
		close(ends[1]);
		file = fdopen(ends[0], "r");
		while (getline(&line, &size, file) > 0)
			add_line(lines, line);
		fclose(file);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	free(line);
	free(match);
}

json_t *lastlog_read(const char *boot, time_t since)
{
	const char *set = getenv("LOSTWRITE_PSTORE");
	char *pattern = mem_text("%s/dmesg-*", set && *set ? set : "/sys/fs/pstore");
	json_t *lines = json_array();

	add_dumps(lines, pattern, since);
	free(pattern);
	if (!json_array_size(lines))
		add_dumps(lines, "/var/lib/systemd/pstore/*/*/dmesg.txt", since);
	if (!json_array_size(lines))
		add_dumps(lines, "/var/lib/systemd/pstore/*/dmesg.txt", since);
	if (!json_array_size(lines))
		add_journal(lines, boot);
	return lines;
}
