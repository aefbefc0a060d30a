// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-git.h"

#include "mem.h"
#include "opt.h"
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define WORDS_MAX 16

/* git in DIR with WORDS: its exit code, and what it says without the last newline. */
static int git_words(const char *dir, char **said, const char *const *words)
{
	/* No hooks, no colours, no advice: this is not the user's own work. */
	const char *argv[WORDS_MAX + 10] = { "git",
					     "-C",
					     dir,
					     "-c",
					     "core.hooksPath=/dev/null",
					     "-c",
					     "color.ui=false",
					     "-c",
					     "advice.detachedHead=false" };
	int code;

	for (size_t n = 0; n < WORDS_MAX && words[n]; n++)
		argv[9 + n] = words[n];
	code = script_text(argv, said);
	for (size_t len = strlen(*said); len && (*said)[len - 1] == '\n'; len--)
		(*said)[len - 1] = '\0';
	return code;
}

#define GIT(dir, said, ...) git_words(dir, said, (const char *const[]){ __VA_ARGS__, NULL })

/* Its last line says most about what went wrong. */
static char *complaint(char *said, const char *what)
{
	char *line = strrchr(said, '\n'), *why;

	why = mem_text("%s: %s", what, line ? line + 1 : *said ? said : "git failed");
	free(said);
	return why;
}

static char *commit_of(const char *tree, const char *option, const char *name)
{
	char *spec = mem_text("%s^{commit}", name), *said;

	if (*name == '-' || GIT(tree, &said, "rev-parse", "--verify", "--quiet", spec) != 0)
		opt_usage("bisect: %s: '%.80s' is no commit of %s", option, name, tree);
	free(spec);
	return said;
}

static void refuse_changes(const char *tree)
{
	char *said, *more;

	if (!GIT(tree, &said, "rev-parse", "--is-bare-repository") && !strcmp(said, "true")) {
		free(said);
		return;
	}
	free(said);
	if (GIT(tree, &said, "status", "--porcelain", "--untracked-files=no") != 0)
		opt_usage("bisect: %s", complaint(said, tree));
	more = strchr(said, '\n');
	if (*said)
		opt_usage("bisect: %s has changes that are in no commit and would not be tested "
			  "(%.*s%s); commit or stash them",
			  tree, more ? (int)(more - said - 3) : (int)strlen(said) - 3, said + 3,
			  more ? ", ..." : "");
	free(said);
}

static bool is_ancestor(const char *tree, const char *of, const char *commit)
{
	char *said;
	bool yes = !GIT(tree, &said, "merge-base", "--is-ancestor", of, commit);

	free(said);
	return yes;
}

void bisect_git_look(struct bisect_git *g, const char *tree, const char *good, const char *bad,
		     bool fix)
{
	const char *const vars[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", NULL };
	char *said, *range, *older, *newer;

	for (size_t i = 0; vars[i]; i++)
		unsetenv(vars[i]);
	setenv("LC_ALL", "C", 1);
	*g = (struct bisect_git){ .fix = fix };
	if (!script_exists("git"))
		opt_usage("bisect: git is missing; install the package git");
	if (GIT(tree, &said, "rev-parse", "--git-dir") != 0)
		opt_usage("bisect: --tree: %s", complaint(said, tree));
	free(said);
	g->source = mem_checked(realpath(tree, NULL));
	refuse_changes(tree);
	g->bad = commit_of(tree, "--bad", bad);
	if (!good)
		return;
	g->good = commit_of(tree, "--good", good);
	if (!strcmp(g->good, g->bad))
		opt_usage("bisect: --good %.40s and --bad %.40s are the same commit", good, bad);
	older = fix ? g->bad : g->good;
	newer = fix ? g->good : g->bad;
	if (is_ancestor(tree, newer, older))
		opt_usage("bisect: %.40s comes after %.40s: are they crossed, or is --fix %s?",
			  fix ? bad : good, fix ? good : bad, fix ? "one too many" : "meant");
	range = mem_text("%s..%s", older, newer);
	if (!GIT(tree, &said, "rev-list", "--count", range))
		g->commits = strtoul(said, NULL, 10);
	free(said);
	free(range);
}

/* The lock lasts as long as this process. */
static bool lock(const char *place)
{
	int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);
}

static bool clone_it(struct bisect_git *g, char **why)
{
	char *said;
	bool there = !GIT(g->clone, &said, "rev-parse", "--git-dir") && !strcmp(said, ".git");

	free(said);
	if (there)
		return true;
	if (script_run((const char *[]){ "rm", "-rf", g->clone, NULL }) &&
	    !GIT("/", &said, "clone", "--quiet", "--shared", "--no-checkout", g->source,
		 g->clone)) {
		free(said);
		return true;
	}
	*why = complaint(said, "cannot clone the tree");
	return false;
}

bool bisect_git_open(struct bisect_git *g, const char *cache, char **why)
{
	char *base = mem_text("%s/bisect", cache), *said;

	g->place = mem_text("%s/%016llx", base,
			    (unsigned long long)XXH64(g->source, strlen(g->source), 0));
	g->clone = mem_text("%s/tree", g->place);
	free(base);
	if (mkdir(g->place, 0755) && errno != EEXIST) {
		*why = mem_text("cannot make %s: %s", g->place, strerror(errno));
		return false;
	}
	if (!lock(g->place)) {
		*why = mem_text("another bisection of %s is on; wait for it", g->source);
		return false;
	}
	if (!clone_it(g, why))
		return false;
	GIT(g->clone, &said, "bisect", "reset", "HEAD"); /* of one that was cut off */
	free(said);
	return true;
}

static const char *term(const struct bisect_git *g, enum bisect_judgement judged)
{
	if (judged == BISECT_SKIP)
		return "skip";
	if (g->fix)
		return judged == BISECT_BAD ? "unfixed" : "fixed";
	return judged == BISECT_BAD ? "bad" : "good";
}

static int say(struct bisect_git *g, enum bisect_judgement judged, const char *id)
{
	free(g->said);
	g->code = GIT(g->clone, &g->said, "bisect", term(g, judged), id);
	return g->code;
}

bool bisect_git_start(struct bisect_git *g, char **why)
{
	char *said, *old = mem_text("--term-old=%s", g->fix ? "unfixed" : "good"),
		    *new = mem_text("--term-new=%s", g->fix ? "fixed" : "bad");
	int code = GIT(g->clone, &said, "bisect", "start", "--no-checkout", old, new);

	free(old);
	free(new);
	if (code) {
		*why = complaint(said, "git bisect start");
		return false;
	}
	free(said);
	say(g, BISECT_BAD, g->bad);
	say(g, BISECT_GOOD, g->good);
	return true;
}

bool bisect_git_checkout(const struct bisect_git *g, const char *id, char **why)
{
	char *said;

	if (GIT(g->clone, &said, "checkout", "--quiet", "--force", "--detach", id) != 0) {
		*why = complaint(said, "cannot check out");
		return false;
	}
	free(said);
	return true;
}

char *bisect_git_show(const struct bisect_git *g, const char *id, const char *format)
{
	char *option = mem_text("--format=%s", format), *said;

	if (GIT(g->source, &said, "show", "--no-patch", option, id) != 0)
		*said = '\0';
	free(option);
	return said;
}

char *bisect_git_log(const struct bisect_git *g)
{
	char *said;

	GIT(g->clone, &said, "bisect", "log");
	return said;
}

char *bisect_git_files(const struct bisect_git *g, const char *id)
{
	char *said;

	GIT(g->source, &said, "diff-tree", "--no-commit-id", "--name-only", "-r", "-m",
	    "--first-parent", id);
	return said;
}

static enum bisect_next next(void *space, char **id, char **why)
{
	struct bisect_git *g = space;
	char *found =
		strstr(g->said, g->fix ? " is the first fixed commit" : " is the first bad commit");

	if (found && !g->code) {
		while (found > g->said && found[-1] != '\n')
			found--;
		*id = mem_text("%.*s", (int)strcspn(found, " "), found);
		return BISECT_NEXT_FOUND;
	}
	if (strstr(g->said, "only 'skip'ped commits left"))
		return BISECT_NEXT_SET;
	if (!g->code && !GIT(g->clone, id, "rev-parse", "--verify", "--quiet", "BISECT_HEAD"))
		return BISECT_NEXT_TEST;
	*why = complaint(mem_copy(g->said), "git bisect");
	return BISECT_NEXT_FAILED;
}

static void mark(void *space, const char *id, enum bisect_judgement judged)
{
	say(space, judged, id);
}

static char *parent(void *space, const char *id)
{
	const struct bisect_git *g = space;
	char *spec = mem_text("%s^1", id), *said;

	GIT(g->clone, &said, "rev-parse", "--verify", "--quiet", spec);
	free(spec);
	return said;
}

void bisect_git_free(struct bisect_git *g)
{
	char *said;

	if (g->clone) {
		GIT(g->clone, &said, "bisect", "reset", "HEAD");
		free(said);
	}
	free(g->source);
	free(g->clone);
	free(g->place);
	free(g->good);
	free(g->bad);
	free(g->said);
}

const struct bisect_space_ops bisect_git_ops = { next, mark, parent };
