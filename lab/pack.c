// SPDX-License-Identifier: GPL-2.0-or-later
#include "pack.h"

#include "anon.h"
#include "arch.h"
#include "initrd.h"
#include "mem.h"
#include "script.h"
#include "stop.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *path)
{
	return text_refuse(mem_text("--write: %s: %s", path, strerror(errno)));
}

/* FD, which is closed, as DIR/NAME for everybody to read; what has that name goes. */
static int name_it(int fd, const char *dir, const char *name)
{
	char *path = mem_text("%s/%s", dir, name);
	int code = 0;

	if (fd < 0 || fchmod(fd, 0644) || (unlink(path) && errno != ENOENT) ||
	    !anon_keep(fd, path) || chmod(path, 0644))
		code = refuse(path);
	if (fd >= 0)
		close(fd);
	free(path);
	return code;
}

static int copy_of(const char *path, const char *dir)
{
	int fd = anon_file(dir, 0);

	if (fd >= 0 && !anon_append(fd, path)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void say_how(const struct vm_options *o, const struct kernel *k)
{
	printf("boot %s/kernel with %s/initrd, such as: %s -m %u -smp %u -cpu %s -nographic -no-reboot "
	       "-kernel %s/kernel -initrd %s/initrd -append '%s panic=-1 loglevel=4%s%s'\n",
	       o->write, o->write, k->arch->qemu, o->shape.memory, o->shape.cpus, k->arch->cpu,
	       o->write, o->write, k->arch->console, o->shape.append ? " " : "",
	       o->shape.append ? o->shape.append : "");
}

static int pack(const struct vm_options *o, const struct kernel *k, char *parts[2],
		const char *cache)
{
	struct initrd_job job = { .args = o->run_args, .known = o->known, .console = true };

	int code;

	if (!initrd_parts(k, cache, parts))
		return EXIT_BROKEN;
	if (mkdir(o->write, 0755) && errno != EEXIST)
		return refuse(o->write);
	code = name_it(copy_of(k->image, o->write), o->write, "kernel");
	if (!code)
		code = name_it(initrd_open(parts, &job, o->write), o->write, "initrd");
	if (!code)
		say_how(o, k);
	return code;
}

int pack_run(const struct vm_options *o)
{
	char *parts[2] = { NULL, NULL }, *cache;
	struct kernel kernel;
	struct stop stop;
	int code = EXIT_BROKEN;

	script_widen_path();
	stop_open(&stop);
	script_stop_on(stop.fd);
	cache = script_cache();
	if (kernel_find(&o->wish, &kernel))
		code = pack(o, &kernel, parts, cache);
	kernel_free(&kernel);
	free(parts[0]);
	free(parts[1]);
	free(cache);
	return code;
}
