// SPDX-License-Identifier: GPL-2.0-or-later
#include "initrd.h"

#include "anon.h"
#include "kernel.h"
#include "file.h"
#include "mem.h"
#include "places.h"
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY 0040755
#define REGULAR	  0100644

static char *place(const char *dir, const char *path)
{
	return mem_text("%s=%s", dir, path);
}

bool initrd_parts(const struct kernel *k, const char *cache, char *parts[2])
{
	char *script = places_file("lab/initramfs.sh"), *runner = realpath("/proc/self/exe", NULL);
	const char *override = getenv("LOSTWRITE_PROGRAMS");
	char *first = place("reproducers", override), *second = NULL, *third = NULL, *dir;

	if (!override) {
		free(first);
		dir = places_file("reproducers");
		first = place("reproducers", dir);
		free(dir);
		dir = places_file("workloads");
		second = access(dir, R_OK) ? NULL : place("workloads", dir);
		free(dir);
		dir = places_file("scene");
		third = second && !access(dir, R_OK) ? place("scene", dir) : NULL;
		free(dir);
	}
	parts[1] = NULL;
	parts[0] = script_line((const char *[]){ script, "modules", k->modules, cache, NULL });
	if (parts[0])
		parts[1] = script_line((const char *[]){ script, "suite", runner, first,
							 second ? second : cache,
							 third	  ? third
							 : second ? cache
								  : NULL,
							 third ? cache : NULL, NULL });
	free(script);
	free(runner);
	free(first);
	free(second);
	free(third);
	return parts[1];
}

static void pad(FILE *out, long at)
{
	while ((ftell(out) - at) % 4)
		putc(0, out);
}

/* One member of a cpio archive in the "newc" format, which the kernel unpacks. */
static void add(FILE *out, const char *name, unsigned int mode, const char *data)
{
	static unsigned int inode = 0x700000;
	long at = ftell(out);
	size_t len = data ? strlen(data) : 0;

	fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", inode++, mode,
		0, 0, 1, 0, len, 0, 0, 0, 0, strlen(name) + 1, 0);
	fwrite(name, 1, strlen(name) + 1, out);
	pad(out, at);
	fwrite(data ? data : "", 1, len, out);
	pad(out, at);
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
	bool ok;

	add(out, "job", DIRECTORY, NULL);
	add(out, "job/args", REGULAR, args);
	if (job->only)
		add(out, "job/only", REGULAR, job->only);
	if (job->known)
		add(out, "job/known", REGULAR, job->known);
	if (job->shell)
		add(out, "job/shell", REGULAR, NULL);
	if (job->console)
		add(out, "job/console", REGULAR, NULL);
	add(out, "TRAILER!!!", 0, NULL);
	fclose(out);
	ok = file_write_all(fd, archive, size);
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
