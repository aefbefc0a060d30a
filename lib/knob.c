// SPDX-License-Identifier: GPL-2.0-or-later
#include "knob.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 2, 0))) static bool put(const char *path, const char *fmt, va_list ap)
{
	char line[512];
	int fd = open(path, O_WRONLY | O_CLOEXEC), len, saved;
	bool ok;

	if (fd < 0)
		return false;
	len = vsnprintf(line, sizeof(line), fmt, ap);
	ok = write(fd, line, len) == len;
	saved = errno;
	close(fd);
	errno = saved;
	return ok;
}

bool knob_write(const char *path, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = put(path, fmt, ap);
	va_end(ap);
	return ok;
}

void knob_set(const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!put(path, fmt, ap))
		fail("%s", path);
	va_end(ap);
}

long knob_meminfo(const char *field)
{
	char line[128];
	long value = 0;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			sscanf(line + strlen(field), ": %ld", &value);
	if (file)
		fclose(file);
	return value;
}
