// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include "opt.h"
#include "record.h"
#include "verb.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum answer_mode answer_mode(const char *option, const char *value)
{
	if (!value)
		return ANSWER_LOST;
	if (!strcmp(value, "crash"))
		return ANSWER_CRASH;
	opt_usage("%s: '%.40s' is not 'crash'", option, value);
}

int answer_of(const struct record *r, enum answer_mode mode)
{
	struct record_totals t;

	record_totals(r, &t);
	if (t.verdicts[VERDICT_CORRUPT])
		return ANSWER_BAD;
	if (r->interrupted)
		return ANSWER_STOP;
	if (t.verdicts[VERDICT_CRASHED])
		return mode == ANSWER_CRASH ? ANSWER_BAD : ANSWER_SKIP;
	if (t.verdicts[VERDICT_BROKEN] || !t.verdicts[VERDICT_PASS])
		return ANSWER_SKIP;
	return ANSWER_GOOD;
}

/* getopt_long(3) takes an option's beginning for it. */
static bool is_bisect(const char *word)
{
	size_t len = strcspn(word, "=");

	return len > strlen("--b") && !strncmp(word, "--bisect", len);
}

bool answer_is_wanted(const struct verb *v, int argc, char **argv)
{
	for (int i = 1; v->answers && i < argc && strcmp(argv[i], "--"); i++)
		if (is_bisect(argv[i]))
			return true;
	return false;
}

static pid_t child;

static void pass_on(int number)
{
	kill(child, number);
}

/* What the verb itself could not translate: bad usage, nothing selected, no room, a signal. */
static int translate(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : ANSWER_STOP;

	return code == ANSWER_GOOD || code == ANSWER_BAD || code == ANSWER_SKIP ? code
										: ANSWER_STOP;
}

int answer_run(const struct verb *v, int argc, char **argv)
{
	struct sigaction act = { .sa_handler = pass_on };
	sigset_t set, before;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &before);
	fflush(stdout);
	child = fork();
	if (child < 0) {
		fprintf(stderr, "%s: cannot fork: %s\n", program_invocation_short_name,
			strerror(errno));
		return ANSWER_STOP;
	}
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return v->run(v, argc, argv);
	}
	/* ^C reaches both; a signal to this process alone has to be handed on. */
	signal(SIGINT, SIG_IGN);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return ANSWER_STOP;
	return translate(status);
}
