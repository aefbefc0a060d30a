// SPDX-License-Identifier: GPL-2.0-or-later
#include "vm.h"

#include "arch.h"
#include "boot.h"
#include "initrd.h"
#include "job.h"
#include "js.h"
#include "mem.h"
#include "plain.h"
#include "refuse.h"
#include "script.h"
#include "terminal.h"
#include "text.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
#define MB		 (1024 * 1024)
#define TRIES		 3   /* boots in a row of which none comes to a case */
#define MEMORY_BESIDE	 128 /* MB for the kernel and the cases, beside what is unpacked */

struct vm {
	const struct vm_options *o;
	struct kernel kernel;
	struct disks disks;
	struct stream stream;
	struct stop stop;
	struct boot boot;
	char *cache;
	char *parts[2]; /* of the initramfs */
	char *only;	/* what is left for the next boot, or NULL */
	unsigned int boots;
	unsigned int tries; /* since a boot came to a case */
	char *died;	    /* the last of them, without numbers */
	bool no_kernel;	    /* there is none such, or no image of it */
};

static bool has_tools(const struct arch *arch)
{
	const char *const tools[][2] = {
		{ arch->qemu, arch->package }, { "busybox", "busybox-static" }, { "cpio", "cpio" },
		{ "mke2fs", "e2fsprogs" },     { "modprobe", "kmod" },		{ "tar", "tar" },
	};

	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (!script_exists(tools[i][0]))
			return refuse("%s is missing; install the package %s (Debian's name)",
				      tools[i][0], tools[i][1]);
	return true;
}

/* Of a file in the initramfs: MB, once packed and once unpacked. */
static unsigned int memory_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : 2 * st.st_size / MB;
}

static bool fits_in_memory(const struct vm *vm)
{
	unsigned int mb = MEMORY_BESIDE;

	for (int i = 0; i < 2; i++)
		mb += memory_of(vm->parts[i]);
	for (char *const *path = vm->o->put; path && *path; path++)
		mb += memory_of(*path);
	if (vm->o->shape.memory >= mb)
		return true;
	return refuse("--memory %u is too little, the guest needs at least %u MB",
		      vm->o->shape.memory, mb);
}

static bool prepare(struct vm *vm)
{
	const struct arch *host = arch_host();

	if (!host)
		return refuse("guests of this machine's architecture are not known");
	vm->cache = script_cache();
	if (!has_tools(host))
		return false;
	vm->no_kernel = !kernel_find(&vm->o->wish, &vm->kernel);
	return !vm->no_kernel && initrd_parts(&vm->kernel, vm->cache, vm->parts) &&
	       fits_in_memory(vm) && disks_open(&vm->disks, vm->cache);
}

static void announce(const struct vm *vm, const char *no_kvm)
{
	const struct guest_shape *s = &vm->o->shape;

	printf("booting %s: %u CPUs, %u MB, %u node%s, ",
	       *vm->kernel.release ? vm->kernel.release : vm->kernel.image, s->cpus, s->memory,
	       s->nodes, s->nodes == 1 ? "" : "s");
	if (no_kvm)
		printf("TCG (%s)\n", no_kvm);
	else
		printf("KVM\n");
	fflush(stdout);
}

/* A later boot has the seed of the first; of two that are given the last counts. */
static struct words run_words(const struct vm *vm)
{
	const json_t *seed = json_object_get(vm->stream.record.run, "seed");
	struct words w = words_none();

	for (size_t i = 0; vm->o->run_args[i]; i++)
		words_add(&w, vm->o->run_args[i]);
	if (seed) {
		words_add(&w, "--seed");
		words_print(&w, "%lld", (long long)json_integer_value(seed));
	}
	return w;
}

/* False with a new string in *WHY. */
static bool open_initrd(struct vm *vm, const struct initrd_job *job, char **why)
{
	vm->boot.initrd = initrd_open(vm->parts, job, vm->cache);
	if (vm->boot.initrd < 0)
		*why = mem_text("cannot write the initramfs in %s: %s", vm->cache, strerror(errno));
	return vm->boot.initrd >= 0;
}

static enum fate boot(struct vm *vm, char **why)
{
	struct words args = run_words(vm);
	struct initrd_job job = { .args = args.list, .only = vm->only, .known = vm->o->known };
	enum fate fate = FATE_NO_QEMU;

	if (open_initrd(vm, &job, why))
		fate = boot_run(&vm->boot, why);
	close(vm->boot.initrd);
	words_free(&args);
	return fate;
}

static void forget_tries(struct vm *vm)
{
	free(vm->died);
	vm->died = NULL;
	vm->tries = 0;
}

/* Did the boot before this one die of the same? Then it is the kernel, and a third would, too. */
static bool died_the_same(struct vm *vm, const char *why)
{
	char *before = vm->died;
	bool same;

	vm->died = plain_text(why);
	same = before && !strcmp(before, vm->died);
	free(before);
	return same;
}

/*
 * The boot brought nothing that another one could go on from. What happens to one boot, under
 * emulation above all, need not happen to the next: once or twice more.
 */
static bool boots_again(struct vm *vm, const char *why)
{
	bool last = died_the_same(vm, why) || vm->tries + 1 == TRIES;
	char *text;

	vm->tries++;
	text = mem_text("the guest ended before its first case%s: %s",
			vm->boots > vm->tries ? " of this boot" : "", why);

	if (last) {
		refuse("%s (%u boots)", text, vm->tries);
	} else {
		printf("%s; booting again (%u of %d)\n", text, vm->tries + 1, TRIES);
		stream_again(&vm->stream, text);
	}
	fflush(stdout);
	free(text);
	return !last;
}

/* Is there something left to do after the guest has died? */
static bool goes_on(struct vm *vm, enum fate fate, const char *why)
{
	if (fate == FATE_NO_QEMU)
		return refuse("%s", why);
	if (fate == FATE_TIMEOUT && !vm->stream.began)
		return refuse("--timeout came before the first case");
	if (fate == FATE_DEAD && !vm->stream.began)
		return boots_again(vm, why);
	if (fate != FATE_DEAD || !vm->o->go_on)
		return false;
	forget_tries(vm);
	free(vm->only);
	vm->only = stream_left(&vm->stream);
	if (vm->only)
		printf("booting again for what is left\n");
	return vm->only;
}

static void fall_back(struct vm *vm, const char *why)
{
	printf("KVM does not run it here (%s): TCG instead\n", why);
	fflush(stdout);
	vm->boot.kvm = false;
	vm->boots = 0;
	forget_tries(vm);
	json_object_set_new(vm->stream.vm, "accel", json_string("tcg"));
}

static enum fate boot_until_done(struct vm *vm)
{
	enum fate fate;
	char *why = NULL;
	bool more;

	vm->boot.kvm = !guest_why_no_kvm();
	announce(vm, guest_why_no_kvm());
	do {
		vm->boots++;
		free(why);
		fate = boot(vm, &why);
		more = fate == FATE_NO_KVM;
		if (more)
			fall_back(vm, why);
		else if (fate != FATE_END && fate != FATE_STOPPED)
			more = goes_on(vm, fate, why);
	} while (more);
	free(why);
	return fate;
}

static int conclude(struct vm *vm, enum fate fate)
{
	struct stream *s = &vm->stream;
	int code;

	if (fate == FATE_STOPPED && s->dir)
		stream_event(s, json_pack("{ss}", "event", "interrupt"));
	if (s->dir) {
		if (vm->o->keep && !disks_keep(&vm->disks, s->dir))
			refuse("cannot keep the disks in %s: %s", s->dir, strerror(errno));
		code = stream_end(s);
		if (vm->o->bisect)
			return answer_of(&s->record, vm->o->bisect);
		/* A case that could not be started is nobody's pass. */
		return fate == FATE_NO_QEMU && !code ? EXIT_BROKEN : code;
	}
	if (s->lost)
		refuse("%s", s->lost);
	else if (fate == FATE_END)
		refuse("the runner in the guest: %s",
		       s->said && *s->said ? s->said : "it ended without a run");
	if (fate == FATE_STOPPED)
		return EXIT_INTERRUPTED;
	if (fate == FATE_END && s->code && !s->lost)
		return s->code;
	return vm->o->bisect && fate == FATE_DEAD ? ANSWER_SKIP : EXIT_BROKEN;
}

/* Its console is ours, and it alone says what happens. */
static int terminal(struct vm *vm)
{
	const struct guest_shape *s = &vm->o->shape;
	struct initrd_job job = { .args = (char *[]){ NULL },
				  .shell = s->shell,
				  .command = s->command,
				  .put = vm->o->put };
	char *why = NULL;
	int code = EXIT_BROKEN;

	if (open_initrd(vm, &job, &why))
		code = terminal_run(&vm->boot);
	else
		refuse("%s", why);
	close(vm->boot.initrd);
	free(why);
	return code;
}

static json_t *vm_json(const struct vm *vm)
{
	const struct guest_shape *s = &vm->o->shape;

	return json_pack("{ss so ss si si si so}", "accel", guest_why_no_kvm() ? "tcg" : "kvm",
			 "image", js_text(vm->kernel.image), "arch", vm->kernel.arch->name,
			 "memory_mb", (int)s->memory, "cpus", (int)s->cpus, "nodes", (int)s->nodes,
			 "append", js_text(s->append));
}

int vm_run(const struct vm_options *o)
{
	struct vm vm = { .o = o };
	int code = EXIT_BROKEN;

	script_widen_path();
	for (int i = 0; i < DISKS; i++)
		vm.disks.fd[i] = -1;
	stop_open(&vm.stop);
	script_stop_on(vm.stop.fd);
	stream_init(&vm.stream, o->results, NULL, json_incref(o->argv));
	vm.stream.history = o->history;
	if (prepare(&vm)) {
		vm.stream.vm = vm_json(&vm);
		vm.boot = (struct boot){ .kernel = &vm.kernel,
					 .shape = &o->shape,
					 .disks = &vm.disks,
					 .stream = &vm.stream,
					 .stop = &vm.stop,
					 .cache = vm.cache };
		if (o->timeout)
			vm.boot.deadline = job_now() + o->timeout;
		code = o->shape.shell || o->shape.command ? terminal(&vm)
							  : conclude(&vm, boot_until_done(&vm));
	} else {
		stop_look(&vm.stop);
		if (vm.no_kernel && o->bisect)
			code = ANSWER_SKIP;
		if (vm.stop.asked)
			code = EXIT_INTERRUPTED;
	}
	stream_free(&vm.stream);
	disks_close(&vm.disks);
	kernel_free(&vm.kernel);
	free(vm.parts[0]);
	free(vm.parts[1]);
	free(vm.only);
	free(vm.died);
	free(vm.cache);
	return code;
}
