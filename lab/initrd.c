// SPDX-License-Identifier: GPL-2.0-or-later
#include "initrd.h"

#include "anon.h"
#include "kernel.h"
#include "file.h"
#include "mem.h"
#include "places.h"
#include "script.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY 0040755
#define REGULAR	  0100644
#define PROGRAM	  0100755

/* The suite's directories; $LOSTWRITE_PROGRAMS is one that stands for all. */
static void add_places(struct words *w)
{
	static const char *const places[] = { "reproducers", "workloads", "scene", "storm" };
	const char *override = getenv("LOSTWRITE_PROGRAMS");
	char *dir;

	if (override)
		words_print(w, "reproducers=%s", override);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !override; i++) {
		dir = places_file(places[i]);
		if (!i || !access(dir, R_OK))
			words_print(w, "%s=%s", places[i], dir);
		free(dir);
	}
}

static char *script(const char *what, const char *cache, const char *first, bool suite)
{
	struct words w = words_none();
	char *path = places_file("lab/initramfs.sh"), *line;

	words_add(&w, path);
	words_add(&w, what);
	words_add(&w, first);
	if (suite)
		add_places(&w);
	words_add(&w, cache);
	line = script_line((const char *const *)w.list);
	words_free(&w);
	free(path);
	return line;
}

bool initrd_parts(const struct kernel *k, const char *cache, char *parts[2])
{
	char *runner = realpath("/proc/self/exe", NULL);

	parts[1] = NULL;
	parts[0] = script("modules", cache, k->modules, false);
	if (parts[0])
		parts[1] = script("suite", cache, runner, true);
	free(runner);
	return parts[1];
}

static void pad(FILE *out, long at)
{
	while ((ftell(out) - at) % 4)
		putc(0, out);
}

/* Of a member of a cpio archive in the "newc" format, which the kernel unpacks: what is before its data. */
static void add_header(FILE *out, const char *name, unsigned int mode, size_t len)
{
	static unsigned int inode = 0x700000;
	long at = ftell(out);

	fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", inode++, mode,
		0, 0, 1, 0, len, 0, 0, 0, 0, strlen(name) + 1, 0);
	fwrite(name, 1, strlen(name) + 1, out);
	pad(out, at);
}

static void add(FILE *out, const char *name, unsigned int mode, const char *data)
{
	long at = ftell(out);

	add_header(out, name, mode, data ? strlen(data) : 0);
	fputs(data ? data : "", out);
	pad(out, at);
}

/* The file PATH as /root/NAME. */
static bool put(int fd, const char *path)
{
	char *name = mem_text("root/%s", basename(path)), *header = NULL;
	struct stat st = { .st_size = 0 };
	size_t size;
	FILE *out = open_memstream(&header, &size);
	bool ok = !stat(path, &st);

	add_header(out, name, PROGRAM, st.st_size);
	fclose(out);
	ok = ok && file_write_all(fd, header, size) && anon_append(fd, path) &&
	     file_write_all(fd, "\0\0", -st.st_size & 3);
	free(header);
	free(name);
	return ok;
}

static char *lines_of(char *const *words)
{
	char *text = mem_copy(""), *longer;

	for (; *words; words++) {
		longer = mem_text("%s%s\n", text, *words);
		free(text);
		text = longer;
	}
	return text;
}

static bool add_job(int fd, const struct initrd_job *job)
{
	char *archive = NULL, *args = lines_of(job->args);
	size_t size;
	FILE *out = open_memstream(&archive, &size);
	bool ok = true;

	add(out, "job", DIRECTORY, NULL);
	add(out, "job/args", REGULAR, args);
	if (job->only)
		add(out, "job/only", REGULAR, job->only);
	if (job->known)
		add(out, "job/known", REGULAR, job->known);
	if (job->shell)
		add(out, "job/shell", REGULAR, NULL);
	if (job->command)
		add(out, "job/command", REGULAR, job->command);
	if (job->console)
		add(out, "job/console", REGULAR, NULL);
	add(out, "TRAILER!!!", 0, NULL);
	fclose(out);
	for (char *const *path = job->put; ok && path && *path; path++)
		ok = put(fd, *path);
	ok = ok && file_write_all(fd, archive, size);
	free(archive);
	free(args);
	return ok;
}

int initrd_open(char *const parts[2], const struct initrd_job *job, const char *cache)
{
	int fd = anon_file(cache, 0);

	if (fd >= 0 && anon_append(fd, parts[0]) && anon_append(fd, parts[1]) && add_job(fd, job))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
