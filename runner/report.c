// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include "file.h"
#include "helper.h"
#include "mem.h"
#include "reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*write)(FILE *out, const struct record *r, const char *dir);
} files[] = {
	{ "summary.json", report_summary },
	{ "results.ktap", report_ktap },
	{ "kcidb.json", report_kcidb },
	{ "report.html", report_html },
};

static bool write_file(const char *path, const struct record *r, const char *dir,
		       void (*write)(FILE *out, const struct record *r, const char *dir))
{
	struct file_new f;

	if (!file_begin(&f, path))
		return false;
	write(f.out, r, dir);
	return file_commit(&f);
}

/* It works while we write the others. 0 where there is none. */
static pid_t start_junit(const struct record *r, const char *dir)
{
	int fd = helper_exists("report/junit") ? memfd_create("lostwrite-junit", MFD_CLOEXEC) : -1;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	pid_t pid = 0;

	if (!out)
		return 0;
	report_junit(out, r, dir);
	if (!fflush(out) && !lseek(fd, 0, SEEK_SET))
		pid = helper_start("report/junit", (const char *[]){ dir, NULL }, fd);
	fclose(out);
	return pid;
}

bool report_write(const struct record *r, const char *dir, char **why)
{
	pid_t junit = start_junit(r, dir);
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(files) / sizeof(*files); i++) {
		char *path = mem_text("%s/%s", dir, files[i].name);

		ok = write_file(path, r, dir, files[i].write);
		if (!ok)
			*why = mem_text("cannot write %s: %s", path, strerror(errno));
		free(path);
	}
	if (junit && !helper_end(junit) && ok) {
		*why = mem_text("cannot write %s/junit.xml", dir);
		ok = false;
	}
	return ok;
}

bool report_history(const char *file, const char *dir, char **why)
{
	pid_t pid = helper_start("report/history",
				 (const char *[]){ "import", dir, "--file", file, NULL }, -1);

	if (pid && helper_end(pid))
		return true;
	*why = mem_text("the run could not be added to %s%s", file,
			pid ? "" : ": this build has no SQLite");
	return false;
}
