// SPDX-License-Identifier: GPL-2.0-or-later
#include "res.h"
#include "deadline.h"
#include "res-impl.h"
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char why[512];
static int lock_fd = -1;

const char *res_why(void)
{
	return why;
}

bool res_refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return false;
}

const char *res_state_dir(void)
{
	static char dir[PATH_MAX - 64];
	const char *set = getenv("LOSTWRITE_STATE"), *run = getenv("XDG_RUNTIME_DIR");

	if (set && *set)
		return set;
	if (!geteuid())
		return "/var/lib/lostwrite";
	if (run && *run)
		snprintf(dir, sizeof(dir), "%s/lostwrite", run);
	else
		snprintf(dir, sizeof(dir), "/tmp/lostwrite-%u", geteuid());
	return dir;
}

bool res_directory(const char *path)
{
	return undo_directory(path);
}

const char *res_scratch_dir(void)
{
	const char *set = getenv("LOSTWRITE_SCRATCH");

	return set && *set ? set : "/var/tmp";
}

int res_scratch_file(int flags)
{
	return open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);
}

void res_own(const char *what)
{
	static char reason[sizeof(why)];

	/* A failure shows when the first change is asked for: that one is refused. */
	if (!undo_open(res_state_dir(), what, reason, sizeof(reason)))
		res_refuse("%s", reason);
}

bool res_step(const char *kind, const char *path, const char *value)
{
	return undo_add(kind, path, value, why, sizeof(why));
}

static int holder(void)
{
	char text[32] = "";
	ssize_t got = pread(lock_fd, text, sizeof(text) - 1, 0);

	return got > 0 ? atoi(text) : 0;
}

bool res_lock(unsigned int seconds)
{
	struct deadline d;
	char path[PATH_MAX];
	int fd;

	if (lock_fd >= 0)
		return true;
	snprintf(path, sizeof(path), "%s/machine.lock", res_state_dir());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return res_refuse("cannot open %s: %s", path, strerror(errno));
	lock_fd = fd;
	d = deadline_in(seconds * 1000);
	while (flock(lock_fd, LOCK_EX | LOCK_NB)) {
		if (deadline_wait(&d))
			continue;
		res_refuse("another lostwrite (pid %d) has changed this machine; wait for it",
			   holder());
		close(lock_fd);
		lock_fd = -1;
		return false;
	}
	if (ftruncate(lock_fd, 0) || dprintf(lock_fd, "%d\n", getpid()) < 0)
		return res_refuse("cannot write %s: %s", path, strerror(errno));
	return true;
}

/* Of "always [madvise] never" the knob's value is the word in brackets. */
static void chosen_word(char *text)
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = '\0';
	memmove(text, open + 1, end - open);
}

bool res_write(const char *path, const char *value)
{
	char old[256];
	ssize_t got;
	bool ok;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return res_refuse("%s: %s", path, strerror(errno));
	got = read(fd, old, sizeof(old) - 1);
	if (got < 0) {
		close(fd);
		return res_refuse("%s: %s", path, strerror(errno));
	}
	old[got] = '\0';
	old[strcspn(old, "\n")] = '\0';
	chosen_word(old);
	ok = !strcmp(old, value);
	if (!ok && res_lock(LOCK_SECONDS) && res_step("write", path, old)) {
		ok = pwrite(fd, value, strlen(value), 0) == (ssize_t)strlen(value) ||
		     (errno == ESPIPE && /* debugfs */
		      write(fd, value, strlen(value)) == (ssize_t)strlen(value));
		if (!ok)
			res_refuse("cannot write '%s' to %s: %s", value, path, strerror(errno));
	}
	close(fd);
	return ok;
}

bool res_mkdir(const char *path)
{
	/* Not ours: undo would empty it. */
	if (!access(path, F_OK))
		return res_refuse("%s exists", path);
	if (!res_step("rmdir", path, NULL))
		return false;
	if (mkdir(path, 0755))
		return res_refuse("cannot make %s: %s", path, strerror(errno));
	return true;
}

bool res_file(const char *path)
{
	return res_step("unlink", path, NULL);
}

off_t res_mark(void)
{
	return undo_mark();
}

int res_undo_to(off_t mark, FILE *err)
{
	return undo_to(mark, err);
}

int res_undo(FILE *err)
{
	int failed = undo_own(err);

	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
	return failed;
}

int res_undo_stale(FILE *out, FILE *err)
{
	return undo_dead(res_state_dir(), out, err);
}
