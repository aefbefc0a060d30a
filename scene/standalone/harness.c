// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an inlined file has in place of the suite's harness: the same names, and
 * nothing but what one run by hand needs. See scene/inline.h.
 */
#include "fail.h"
#include "need.h"
#include "res.h"
#include "stamp.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNDO_MAX 4096

struct stamp {
	unsigned int buffer;
};

struct stamp stamp_make(uint64_t seed, unsigned int buffer)
{
	return (struct stamp){ buffer };
}

/* Every word of memory says what it is: buffer, writer, generation, place. */
uint64_t stamp_at(const struct stamp *stamp, size_t offset, unsigned int generation,
		  enum stamp_writer writer)
{
	return 1ull << 63 | (uint64_t)stamp->buffer << 56 | (uint64_t)writer << 48 |
	       (uint64_t)generation << 32 | offset;
}

void stamp_fill(const struct stamp *stamp, void *memory, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer)
{
	uint64_t *words = memory;

	for (size_t i = 0; i < len / 8; i++)
		words[i] = stamp_at(stamp, offset + i * 8, generation, writer);
}

bool stamp_file(const struct stamp *stamp, int fd, size_t len, unsigned int generation,
		enum stamp_writer writer)
{
	void *buffer = aligned_alloc(STAMP_PAGE, len); /* it may be open O_DIRECT */
	bool ok = buffer;

	if (ok) {
		stamp_fill(stamp, buffer, 0, len, generation, writer);
		ok = pwrite(fd, buffer, len, 0) == (ssize_t)len;
	}
	free(buffer);
	return ok;
}

bool stamp_decode(const struct stamp *stamp, uint64_t word, struct stamp_word *out)
{
	out->buffer = word >> 56 & 63;
	return word >> 63;
}

/* What a word of memory is. */
void say_word(uint64_t word)
{
	static const char *const writers[] = { "cpu", "device", "child", "kernel" };

	if (word >> 63)
		printf("generation %u by %s", (unsigned int)(word >> 32 & 0xffff),
		       writers[word >> 48 & 3]);
	else
		printf("%#llx", (unsigned long long)word);
}

/* What this kernel or machine has not, and whether it would go unnoticed. */
void require(bool (*probe)(struct need *need))
{
	struct need need = { .ok = false };

	if (probe(&need))
		return;
	printf("skip: %s; %s\n", need.reason, need.remedy);
	exit(77);
}

/* Of us only: what waits in the per-CPU batches of another CPU is not reclaimed. */
void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

/* --- what is changed is undone by a process that outlives us, however we end --- */

static char *undo; /* shell commands, in memory shared with who runs them */
static int alive[2];
static pid_t owner, keeper;

static void leave(void)
{
	if (getpid() == owner && write(alive[1], "", 1) == 1)
		waitpid(keeper, NULL, 0);
}

static void undo_at_end(void)
{
	char byte;

	undo = child_shared(UNDO_MAX);
	owner = getpid();
	if (pipe2(alive, O_CLOEXEC) || (keeper = fork()) < 0)
		fail("a process to clean up");
	if (keeper) {
		atexit(leave);
		return;
	}
	setsid(); /* ^C is not for it */
	close(alive[1]);
	while (read(alive[0], &byte, 1) < 0) /* 0: nobody is left that could write */
		;
	_exit(system(undo));
}

/* What was changed last is undone first. */
static void undo_by(const char *command)
{
	size_t len = strlen(command);

	if (!undo)
		undo_at_end();
	if (len + strlen(undo) >= UNDO_MAX)
		fail("too much to undo");
	memmove(undo + len, undo, strlen(undo) + 1);
	memcpy(undo, command, len);
}

char swap_file[40];

/*
 * Swap on a file: zram is synchronous, and its swap-in skips the swap cache.
 * Where that does not work, a disk that swaps already.
 */
bool res_swap_file(size_t bytes)
{
	char command[512];

	snprintf(swap_file, sizeof(swap_file), "/var/tmp/lostwrite-%d.swap", getpid());
	snprintf(command, sizeof(command), "swapoff %1$s 2>/dev/null; rm -f %1$s\n", swap_file);
	undo_by(command);
	snprintf(command, sizeof(command),
		 "{ dd if=/dev/zero of=%1$s bs=1M count=%2$zu && chmod 600 %1$s && mkswap %1$s && "
		 "swapon -p 32767 %1$s; } >/dev/null 2>&1 || grep -q '^/dev/[^z]' /proc/swaps",
		 swap_file, bytes >> 20);
	return !system(command);
}

bool res_swap_cycle(void)
{
	return !swapoff(swap_file) && !swapon(swap_file, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK);
}

bool res_mkdir(const char *path)
{
	char command[UNDO_MAX + 16];

	snprintf(command, sizeof(command), "rmdir %s\n", path);
	undo_by(command);
	return !mkdir(path, 0700);
}

bool res_refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	return false;
}

/* Kinds of steps that are undone by the command of that name. */
bool res_step(const char *kind, const char *path, const char *value)
{
	char command[UNDO_MAX];

	if (strcmp(kind, "unlink") && strcmp(kind, "swapoff") && strcmp(kind, "rmdir") &&
	    strcmp(kind, "umount"))
		errx(SKIP, "this file cannot undo '%s %s'; run the suite", kind, path);
	snprintf(command, sizeof(command), "%s %s\n", kind, path);
	undo_by(command);
	return true;
}

bool res_lock(unsigned int seconds)
{
	return true; /* the machine is yours */
}

const char *res_why(void)
{
	return strerror(errno);
}

const char *res_scratch_dir(void)
{
	return "/var/tmp";
}

int res_scratch_file(int flags)
{
	return open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);
}

const char *res_state_dir(void)
{
	return "/tmp";
}

/* A knob of the kernel. */
bool res_write(const char *path, const char *value)
{
	char was[100], command[UNDO_MAX], *old = was, *chosen;
	FILE *knob = fopen(path, "r+e");
	bool ok;

	if (!knob || !fgets(was, sizeof(was), knob))
		err(77, "%s", path);
	was[strcspn(was, "\n")] = '\0';
	chosen = strchr(was, '[');
	if (chosen) { /* "always [madvise] never" */
		old = chosen + 1;
		*strchr(old, ']') = '\0';
	}
	snprintf(command, sizeof(command), "echo '%s' >%s\n", old, path);
	undo_by(command);
	rewind(knob);
	ok = fputs(value, knob) >= 0;
	return !fclose(knob) && ok;
}
