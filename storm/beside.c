// SPDX-License-Identifier: GPL-2.0-or-later
#include "beside.h"
#include "child.h"
#include "fail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 64

static int log_fd = -1; /* what it prints */

/* "vm=1,io=2" as "--vm 1 --io 2". */
static void words_of(char *stressors, const char **words)
{
	static char option[WORDS][48];
	unsigned int n = 0;
	char *word, *value;

	words[n++] = "stress-ng";
	words[n++] = "--vm-bytes";
	words[n++] = "32m"; /* of each: it is load, and no test of who gets killed */
	words[n++] = "--temp-path";
	words[n++] = "/tmp";
	while ((word = strsep(&stressors, ",")) && n < WORDS - 2) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		snprintf(option[n], sizeof(option[n]), "--%s", word);
		words[n] = option[n];
		words[n + 1] = value ? value : "1";
		n += 2;
	}
	words[n] = NULL;
}

__attribute__((noreturn)) static void be_stress_ng(const char *stressors)
{
	const char *words[WORDS];
	char copy[512];

	child_bind();
	snprintf(copy, sizeof(copy), "%s", stressors);
	words_of(copy, words);
	if (dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		_exit(126);
	execvp(words[0], (char *const *)words);
	_exit(127);
}

static bool installed(void)
{
	return !system("command -v stress-ng >/dev/null 2>&1");
}

pid_t beside_start(struct case_ctx *c, const char *stressors)
{
	pid_t pid;

	if (!installed()) {
		case_note(c, "beside: stress-ng is not there; install the package stress-ng");
		return 0;
	}
	log_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (log_fd < 0)
		fail("a file for what stress-ng says");
	fflush(stdout);
	pid = fork();
	if (!pid)
		be_stress_ng(stressors);
	if (pid < 0)
		fail("fork");
	return pid;
}

/* Its own words about failures. */
static void tell_failures(struct case_ctx *c)
{
	FILE *said = fdopen(log_fd, "r");
	char line[256];

	if (!said)
		fail("reading what stress-ng said");
	rewind(said);
	while (fgets(line, sizeof(line), said)) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, "fail:") || strstr(line, "error:"))
			case_note(c, "beside: %s", line);
	}
	fclose(said);
}

void beside_end(struct case_ctx *c, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid) {
		case_note(c, "beside: stress-ng left before the storm was over, with %d",
			  WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	} else {
		kill(pid, SIGINT); /* it ends its children and says how they did */
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			case_note(c, "beside: stress-ng ended with %d",
				  WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	}
	tell_failures(c);
}
