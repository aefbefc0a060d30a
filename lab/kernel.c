// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include "arch.h"
#include "mem.h"
#include "places.h"
#include "refuse.h"
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD 65536

/* A bzImage points at its version, "6.1.0-56-amd64 (build@host) #1 SMP ...". */
static char *release_in(const unsigned char *head, size_t len)
{
	size_t at = 0x200 + head[0x20e] + (head[0x20f] << 8);
	const char *text = (const char *)head + at;

	if (at <= 0x200 || at >= len || !memchr(text, '\0', len - at))
		return mem_copy("");
	return mem_text("%.*s", (int)strcspn(text, " "), text);
}

static bool check_arch(const struct kernel *k, const unsigned char *head, size_t len)
{
	const struct arch *host = arch_host();

	if (!k->arch && len >= 4 &&
	    !memcmp(head,
		    "\x7f"
		    "ELF",
		    4))
		return refuse("%s: an ELF file; QEMU boots the compressed image, such as %s of the "
			      "same tree",
			      k->image, host ? host->in_tree : "bzImage");
	if (!k->arch)
		return refuse("%s: not a kernel image", k->image);
	if (k->arch != host)
		return refuse("%s: a kernel for %s, but the suite is built for this machine; build "
			      "it for %s first",
			      k->image, k->arch->name, k->arch->name);
	return true;
}

static bool read_image(struct kernel *k)
{
	unsigned char *head = mem_zero(1, HEAD);
	int fd = open(k->image, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, head, HEAD);
	bool ok;

	if (len < 0) {
		ok = refuse("%s: %s", k->image, strerror(errno));
	} else {
		k->arch = arch_of_image(head, len);
		ok = check_arch(k, head, len);
	}
	if (ok && !k->release)
		k->release = k->arch->magic_at == 0x202 ? release_in(head, len) : mem_copy("");
	if (fd >= 0)
		close(fd);
	free(head);
	return ok;
}

static bool is_modules(const char *dir)
{
	char *file = mem_text("%s/modules.dep", dir), *order = mem_text("%s/modules.order", dir);
	bool yes = !access(file, R_OK) || !access(order, R_OK);

	free(file);
	free(order);
	return yes;
}

/* What the user named: lib/modules/RELEASE itself, or what it is installed below. */
static bool find_modules(struct kernel *k, const char *named)
{
	char *below = mem_text("%s/lib/modules/%s", named, k->release);
	char *real = realpath(named, NULL);
	const char *base = real ? strrchr(real, '/') + 1 : "";
	bool ok = true;

	if (*k->release && is_modules(below))
		k->modules = mem_copy(below);
	else if (real && is_modules(real) && (!*k->release || !strcmp(base, k->release)))
		k->modules = mem_copy(real);
	else if (real && is_modules(real))
		ok = refuse("the modules of %s do not fit %s, which is %s", base, k->image,
			    k->release);
	else
		ok = refuse("%s: no modules of %s", named, *k->release ? k->release : k->image);
	free(below);
	free(real);
	return ok;
}

static bool find_image(const struct kernel_wish *w, struct kernel *k)
{
	char *installed;

	k->image = mem_copy(w->image);
	if (!read_image(k))
		return false;
	if (w->modules)
		return find_modules(k, w->modules);
	installed = mem_text("/lib/modules/%s", k->release);
	k->modules = mem_copy(*k->release && is_modules(installed) ? installed : "-");
	free(installed);
	return true;
}

/* The line that the script NAME prints for ARG. */
static char *ask(const char *name, const char *arg)
{
	char *script = places_file(name), *cache = script_cache(), *line;

	line = script_line((const char *[]){ script, arg, cache, NULL });
	free(script);
	free(cache);
	return line;
}

static bool find_deb(const struct kernel_wish *w, struct kernel *k)
{
	char *dir = ask("lab/deb.sh", w->deb);
	bool ok;

	if (!dir)
		return false;
	k->image = mem_text("%s/vmlinuz", dir);
	ok = read_image(k) && find_modules(k, dir);
	free(dir);
	return ok;
}

static bool find_build(const struct kernel_wish *w, struct kernel *k)
{
	const struct arch *host = arch_host();
	char *answer = ask("lab/build.sh", w->build), *blank = answer ? strchr(answer, ' ') : NULL;
	bool ok = blank;

	if (blank) {
		*blank = '\0';
		k->image = mem_text("%s/%s", w->build, host ? host->in_tree : "vmlinuz");
		k->modules = mem_copy(blank + 1);
		k->release = mem_copy(answer);
		ok = read_image(k);
	}
	free(answer);
	return ok;
}

bool kernel_find(const struct kernel_wish *w, struct kernel *k)
{
	*k = (struct kernel){ .arch = NULL };
	if (w->deb)
		return find_deb(w, k);
	return w->build ? find_build(w, k) : find_image(w, k);
}

void kernel_free(struct kernel *k)
{
	free(k->image);
	free(k->release);
	free(k->modules);
}
