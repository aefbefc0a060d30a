// SPDX-License-Identifier: GPL-2.0-or-later
#include "undo.h"
#include "deadline.h"
#include "knob.h"
#include "undo-block.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#define BOOT_ID	   "/proc/sys/kernel/random/boot_id"
#define SWAPOFF_MS 30000
#define RMDIR_MS   2000

/* The log's name is all that owner and children share: any of them may add a step. */
static struct {
	char path[PATH_MAX];
	char header[512];
	pid_t owner;
} own;

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(line, size, file);

	if (file)
		fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

/* When PID started, in clock ticks since boot: a PID alone may have been used again. */
static unsigned long long start_time(pid_t pid)
{
	char path[64], line[1024], *field;
	unsigned long long ticks = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (!read_line(path, line, sizeof(line)))
		return 0;
	field = strrchr(line, ')'); /* the name may hold blanks */
	if (field && (field[2] == 'Z' || field[2] == 'X'))
		return 0; /* it has ended, nobody has waited for it yet */
	for (int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	if (field)
		ticks = strtoull(field, NULL, 10);
	return ticks;
}

bool undo_directory(const char *path)
{
	struct stat st;

	if ((mkdir(path, 0700) && errno != EEXIST) || lstat(path, &st))
		return false;
	errno = EPERM;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

bool undo_open(const char *state, const char *what, char *why, size_t size)
{
	char boot[64] = "-", dir[PATH_MAX - 32];

	snprintf(dir, sizeof(dir), "%s/undo", state);
	if (!undo_directory(state) || !undo_directory(dir)) {
		snprintf(why, size, "%s is no directory of ours: %s; set LOSTWRITE_STATE", dir,
			 strerror(errno));
		return false;
	}
	read_line(BOOT_ID, boot, sizeof(boot));
	own.owner = getpid();
	snprintf(own.path, sizeof(own.path), "%s/%d.log", dir, own.owner);
	snprintf(own.header, sizeof(own.header), "lostwrite-undo 1 %d %llu %s %.200s\n", own.owner,
		 start_time(own.owner), boot, what);
	return true;
}

static bool append(int fd, const char *text)
{
	size_t len = strlen(text);

	return write(fd, text, len) == (ssize_t)len;
}

static void sync_directory_of(const char *path)
{
	char dir[PATH_MAX];
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

bool undo_add(const char *kind, const char *path, const char *value, char *why, size_t size)
{
	char step[2 * PATH_MAX];
	bool ok, fresh = access(own.path, F_OK);
	int fd;

	if (!*own.path) {
		snprintf(why, size, "the state directory cannot be used; set LOSTWRITE_STATE");
		return false;
	}
	fd = open(own.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	snprintf(step, sizeof(step), "%s\t%s%s%s\n", kind, path, value ? "\t" : "",
		 value ? value : "");
	ok = fd >= 0 && (!fresh || append(fd, own.header)) && append(fd, step) && !fsync(fd);
	if (!ok)
		snprintf(why, size, "cannot write the undo log %s: %s", own.path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (ok && fresh)
		sync_directory_of(own.path);
	return ok;
}

static bool gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENODEV;
}

/*
 * By its name, which has our pid: the rest of the path is not there for a file
 * system that a mount namespace which is gone had switched it on through.
 */
static bool is_swap(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') : path;
	char line[PATH_MAX + 128], *end;
	size_t len = strlen(name);
	FILE *swaps = fopen("/proc/swaps", "re");
	bool found = !swaps; /* who cannot look has to try */

	while (swaps && fgets(line, sizeof(line), swaps))
		if ((end = strchr(line, ' ')))
			found |= (size_t)(end - line) >= len && !strncmp(end - len, name, len);
	if (swaps)
		fclose(swaps);
	return found;
}

/* Is somebody in swapon(2), which has the device for itself and has not come to its end? */
static bool is_claimed(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) || !S_ISBLK(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

/*
 * A process that was killed may be in swapon() or swapoff() still, of a slow device for long:
 * then ours is EINVAL. When that one gives up (EINTR), the swap is on again.
 */
static int undo_swapoff(const char *path, const char *value)
{
	struct deadline d = deadline_in(SWAPOFF_MS);
	int error;

	while (is_swap(path) || is_claimed(path)) {
		if (!swapoff(path))
			return 0;
		error = errno;
		if ((error != EINVAL && error != EINTR && error != ENOMEM) || !deadline_wait(&d))
			return gone(error) ? 0 : -error;
	}
	return 0;
}

static int undo_unlink(const char *path, const char *value)
{
	return unlink(path) && !gone(errno) ? -errno : 0;
}

static void kill_cgroup(const char *path)
{
	char file[PATH_MAX + 16];
	FILE *procs;
	int pid;

	snprintf(file, sizeof(file), "%s/cgroup.kill", path);
	knob_write(file, "1");
	snprintf(file, sizeof(file), "%s/cgroup.procs", path); /* before 5.14 */
	procs = fopen(file, "re");
	while (procs && fscanf(procs, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (procs)
		fclose(procs);
}

static int undo_rmdir(const char *path, const char *value)
{
	struct deadline d = deadline_in(RMDIR_MS);

	while (rmdir(path) && !gone(errno)) {
		if (errno != EBUSY)
			return -errno;
		kill_cgroup(path);
		if (!deadline_wait(&d))
			return -EBUSY;
	}
	return 0;
}

/* Some files refuse what they have already: the state of a memory block. */
static bool has(const char *path, const char *value)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	return len > 0 && !strcmp(text, value);
}

static int undo_write(const char *path, const char *value)
{
	int error = 0, fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return gone(errno) ? 0 : -errno;
	if (has(path, value)) {
		close(fd);
		return 0;
	}
	if (!append(fd, value))
		error = -errno;
	close(fd);
	return error;
}

/* The kinds of steps; what is not on disk went with the kernel that had it. */
static const struct kind {
	const char *name;
	bool on_disk;
	int (*undo)(const char *path, const char *value);
} kinds[] = {
	{ "unlink", true, undo_unlink },    { "rmdir", true, undo_rmdir },
	{ "swapoff", false, undo_swapoff }, { "write", false, undo_write },
	{ "umount", false, undo_umount },   { "loop", false, undo_loop },
	{ "zram", false, undo_zram },	    { "dm", false, undo_dm },
	{ "module", false, undo_module },
};

static int undo_step(char *step, bool rebooted)
{
	char *save, *name = strtok_r(step, "\t", &save), *path = strtok_r(NULL, "\t", &save),
		    *value = strtok_r(NULL, "", &save);

	for (size_t i = 0; name && path && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(name, kinds[i].name))
			return rebooted && !kinds[i].on_disk
				       ? 0
				       : kinds[i].undo(path, value ? value : "");
	return -EBADMSG;
}

/* Reads LOG whole. The bytes after the last newline announce a change that was not made. */
static char *read_log(const char *log)
{
	struct stat st;
	char *text = NULL, *last;
	int fd = open(log, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	if (fd >= 0 && !fstat(fd, &st) && (text = malloc(st.st_size + 1)))
		got = read(fd, text, st.st_size);
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[got] = '\0';
	last = strrchr(text, '\n');
	*(last ? last + 1 : text) = '\0';
	return text;
}

struct header {
	int pid;
	unsigned long long start;
	char boot[64], what[256];
};

static bool parse_header(const char *text, struct header *head)
{
	return sscanf(text, "lostwrite-undo 1 %d %llu %63s %255[^\n]", &head->pid, &head->start,
		      head->boot, head->what) == 4;
}

static bool same_boot(const struct header *head)
{
	char boot[64] = "-";

	return read_line(BOOT_ID, boot, sizeof(boot)) && !strcmp(boot, head->boot);
}

static int undo_text(char *text, bool rebooted, const char *log, FILE *out, FILE *err)
{
	int failed = 0, error;
	char *line, said[PATH_MAX + 64];

	/* From the last line to the second: the first is the header. */
	while ((line = strrchr(text, '\n'))) {
		*line = '\0';
		line = strrchr(text, '\n');
		if (!line)
			break;
		snprintf(said, sizeof(said), "%s", line + 1);
		error = undo_step(line + 1, rebooted);
		line[1] = '\0';
		said[strcspn(said, "\t")] = ' ';
		said[strcspn(said, "\t")] = '\0';
		if (error)
			fprintf(err, "cannot undo '%s' (%s): %s\n", said, log, strerror(-error));
		else if (out)
			fprintf(out, "undone: %s\n", said);
		failed += !!error;
	}
	return failed;
}

int undo_log(const char *log, FILE *out, FILE *err)
{
	struct header head;
	char *text = read_log(log);
	int failed;

	if (!text) {
		if (errno == ENOENT)
			return 0;
		fprintf(err, "cannot read the undo log %s: %s\n", log, strerror(errno));
		return 1;
	}
	/* Killed while writing the header: nothing was changed yet. */
	if (!*text) {
		failed = 0;
	} else if (!parse_header(text, &head)) {
		fprintf(err, "%s is not an undo log of this version; look at it and remove it\n",
			log);
		failed = 1;
	} else {
		failed = undo_text(text, !same_boot(&head), log, out, err);
	}
	free(text);
	if (!failed && unlink(log)) {
		fprintf(err, "cannot remove the undo log %s: %s\n", log, strerror(errno));
		failed = 1;
	}
	return failed;
}

int undo_own(FILE *err)
{
	if (own.owner != getpid() || access(own.path, F_OK))
		return 0;
	return undo_log(own.path, NULL, err);
}

off_t undo_mark(void)
{
	struct stat st;

	return stat(own.path, &st) ? 0 : st.st_size;
}

int undo_to(off_t mark, FILE *err)
{
	char *text = own.owner == getpid() ? read_log(own.path) : NULL, *rest;
	int failed = 0;

	if (text && (off_t)strlen(text) > mark) {
		/* undo_text() leaves a first line alone: the header, or the last step that stays. */
		rest = text + mark;
		while (mark && rest > text && rest[-1] == '\n')
			rest--;
		while (rest > text && rest[-1] != '\n')
			rest--;
		failed = undo_text(rest, false, own.path, NULL, err);
		/* What failed is tried again at the end, and what worked may be repeated. */
		if (!failed && (mark ? truncate(own.path, mark) : unlink(own.path)))
			failed = 1;
	}
	free(text);
	return failed;
}

static bool owner_lives(const char *log)
{
	struct header head;
	char line[512];

	return read_line(log, line, sizeof(line)) && parse_header(line, &head) &&
	       same_boot(&head) && start_time(head.pid) == head.start;
}

/* Once through all logs in DIR. Whether one is gone now that was there. */
static bool undo_round(const char *dir, FILE *out, FILE *err, int *failed)
{
	char log[PATH_MAX + 256];
	DIR *logs = opendir(dir);
	struct dirent *entry;
	bool done = false;

	*failed = 0;
	while (logs && (entry = readdir(logs))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(log, sizeof(log), "%s/%s", dir, entry->d_name);
		if (!owner_lives(log))
			*failed += undo_log(log, out, err);
		done |= access(log, F_OK) != 0;
	}
	if (logs)
		closedir(logs);
	return done;
}

/* To undo a runner's cgroup ends its program, whose log may have been passed by then. */
int undo_dead(const char *state, FILE *out, FILE *err)
{
	char dir[PATH_MAX];
	int failed;

	snprintf(dir, sizeof(dir), "%s/undo", state);
	while (undo_round(dir, out, err, &failed))
		;
	return failed;
}
