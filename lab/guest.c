// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include "anon.h"
#include "arch.h"
#include "stop.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOW_IOPS 50
#define DIMM_MB	  256

/* What the child of fork() leaves open for QEMU, as /dev/fd/N. */
struct ends {
	int journal, console, complaints;
};

const char *guest_why_no_kvm(void)
{
	const char *no = getenv("LOSTWRITE_NO_KVM");

	if (no && *no)
		return "LOSTWRITE_NO_KVM is set";
	if (access("/dev/kvm", F_OK))
		return "there is no /dev/kvm";
	return access("/dev/kvm", R_OK | W_OK) ? "/dev/kvm is not ours to use" : NULL;
}

/* Memory and CPUs spread evenly; the first nodes take what is left over. */
static void add_nodes(struct words *w, const struct guest_shape *s)
{
	unsigned int cpu = 0, count, mb;

	for (unsigned int i = 0; i < s->nodes; i++) {
		count = s->cpus / s->nodes + (i < s->cpus % s->nodes);
		mb = s->memory / s->nodes + (i < s->memory % s->nodes);
		words_add(w, "-object");
		words_print(w, "memory-backend-ram,id=m%u,size=%uM", i, mb);
		words_add(w, "-numa");
		if (count)
			words_print(w, "node,nodeid=%u,memdev=m%u,cpus=%u-%u", i, i, cpu,
				    cpu + count - 1);
		else
			words_print(w, "node,nodeid=%u,memdev=m%u", i, i);
		cpu += count;
	}
}

/* Offline until a test wants memory that can go offline again; by then it is nearly free. */
static void add_dimm(struct words *w, const struct guest_shape *s)
{
	words_add(w, "-object");
	words_print(w, "memory-backend-ram,id=dimm,size=%uM", DIMM_MB);
	words_add(w, "-device");
	words_print(w, "pc-dimm,memdev=dimm,node=%u", s->nodes - 1);
}

/* A full host disk is an I/O error in the guest; QEMU would stop it instead. */
static void add_disks(struct words *w, const struct disks *d)
{
	char slow[48];

	snprintf(slow, sizeof(slow), ",throttling.iops-total=%d", SLOW_IOPS);
	for (int i = 0; i < DISKS; i++) {
		words_add(w, "-drive");
		words_print(
			w, "file=/dev/fd/%d,if=none,id=d%d,format=raw,cache=unsafe,werror=report%s",
			d->fd[i], i, i == DISK_SLOW ? slow : "");
		words_add(w, "-device");
		words_print(w, "virtio-blk-pci,drive=d%d,addr=%d,serial=%s", i, 4 + i,
			    disks_names[i]);
	}
}

static void add_console(struct words *w, const struct guest_shape *s, const struct ends *e)
{
	words_add(w, "-chardev");
	if (s->shell || s->command)
		words_print(w, "stdio,id=con,signal=off%s", s->shell ? ",mux=on" : "");
	else
		words_print(w, "file,id=con,path=/dev/fd/%d", e->console);
	words_add(w, "-serial");
	words_add(w, "chardev:con");
}

static void add_ports(struct words *w, const struct guest *g, const struct ends *e)
{
	words_add(w, "-device");
	words_add(w, "virtio-serial-pci,addr=3");
	words_add(w, "-chardev");
	words_print(w, "file,id=journal,path=/dev/fd/%d", e->journal);
	words_add(w, "-device");
	words_add(w, "virtserialport,chardev=journal,nr=1,name=lostwrite.journal");
	words_add(w, "-chardev");
	words_print(w, "file,id=files,path=/dev/fd/%d", g->files);
	words_add(w, "-device");
	words_add(w, "virtserialport,chardev=files,nr=2,name=lostwrite.files");
}

/*
 * Under emulation a CPU stands still while others have the host's. The watchdogs wait longer there
 * (soft lockups twice the threshold), and the guest's runner does not believe them alone. A kernel
 * that does not know one of these takes it for nothing or for a variable of init's environment,
 * never for an argument; of two the last counts, so that --append wins.
 */
#define PATIENT                                                                   \
	"watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 "                  \
	"workqueue.watchdog_thresh=120 sysctl.kernel.hung_task_timeout_secs=480 " \
	"LOSTWRITE_EMULATED=1 "

static void add_kernel(struct words *w, const struct kernel *k, const struct guest_shape *s,
		       int initrd, bool kvm)
{
	const char *term = s->shell ? getenv("TERM") : NULL;

	words_add(w, "-kernel");
	words_add(w, k->image);
	words_add(w, "-initrd");
	words_print(w, "/dev/fd/%d", initrd);
	words_add(w, "-append");
	/* An x86 guest that is emulated on a busy machine may get its timer too late to believe in it. */
	words_print(
		w,
		"loglevel=4 %s no_timer_check panic=-1 rdinit=/init random.trust_cpu=on memhp_default_state=offline "
		"TERM=%.32s %s%s",
		k->arch->console, term && *term ? term : "dumb", kvm ? "" : PATIENT,
		s->append ? s->append : "");
}

static void command(struct words *w, const struct guest *g, const struct kernel *k,
		    const struct guest_shape *s, const struct disks *disks, int initrd, bool kvm,
		    const struct ends *e)
{
	static const char *const fixed[] = { "-nodefaults", "-no-user-config",
					     "-display",    "none",
					     "-monitor",    "none",
					     "-no-reboot",  NULL };

	words_add(w, k->arch->qemu);
	for (size_t i = 0; fixed[i]; i++)
		words_add(w, fixed[i]);
	words_add(w, "-machine");
	/* Or the host's KSM has all of its memory to look at before a case's on the host. */
	words_print(w, "%s,mem-merge=off", k->arch->machine);
	words_add(w, "-accel");
	/* Its buffer for translated code is 1 GB when we do not ask for less. */
	words_add(w, kvm ? "kvm" : "tcg,thread=multi,tb-size=128");
	words_add(w, "-cpu");
	words_add(w, kvm ? "max" : k->arch->cpu);
	words_add(w, "-smp");
	words_print(w, "%u,sockets=%u", s->cpus, s->cpus);
	words_add(w, "-m");
	words_print(w, "%uM,slots=1,maxmem=%uM", s->memory, s->memory + DIMM_MB);
	add_nodes(w, s);
	add_dimm(w, s);
	add_disks(w, disks);
	add_kernel(w, k, s, initrd, kvm);
	add_console(w, s, e);
	add_ports(w, g, e);
}

/* Everything else that is open is closed on exec. */
static void leave_open(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

__attribute__((noreturn)) static void child(char *const *argv, const struct ends *e,
					    const struct guest_shape *s)
{
	int null = open("/dev/null", O_RDWR);

	stop_child();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!s->shell) {
		setpgid(0, 0);
		dup2(null, STDIN_FILENO);
	}
	if (!s->shell && !s->command) {
		dup2(null, STDOUT_FILENO);
		dup2(e->complaints, STDERR_FILENO);
		leave_open(e->console);
	}
	leave_open(e->journal);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool open_pipes(struct guest *g, struct ends *e)
{
	int *pairs[][2] = { { &g->journal, &e->journal },
			    { &g->console, &e->console },
			    { &g->complaints, &e->complaints } };
	int ends[2];

	for (int i = 0; i < 3; i++) {
		if (pipe2(ends, O_CLOEXEC))
			return false;
		*pairs[i][0] = ends[0];
		*pairs[i][1] = ends[1];
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	}
	return true;
}

static void inherit(const struct disks *disks, int initrd, int files)
{
	leave_open(initrd);
	leave_open(files);
	for (int i = 0; i < DISKS; i++)
		leave_open(disks->fd[i]);
}

bool guest_start(struct guest *g, const struct kernel *k, const struct guest_shape *shape,
		 const struct disks *disks, int initrd, bool kvm, const char *dir)
{
	struct words w = { .n = 0 };
	struct ends e;

	*g = (struct guest){ .pid = -1, .pidfd = -1, .files = anon_file(dir, 0) };
	if (g->files < 0 || !open_pipes(g, &e))
		return false;
	command(&w, g, k, shape, disks, initrd, kvm, &e);
	fflush(stdout);
	g->pid = fork();
	if (!g->pid) {
		inherit(disks, initrd, g->files);
		child(w.list, &e, shape);
	}
	close(e.journal);
	close(e.console);
	close(e.complaints);
	words_free(&w);
	if (g->pid < 0)
		return false;
	g->pidfd = syscall(SYS_pidfd_open, g->pid, 0);
	return true;
}

int guest_end(struct guest *g)
{
	int status = 0;

	if (g->pid > 0) {
		kill(-g->pid, SIGKILL);
		kill(g->pid, SIGKILL);
		while (waitpid(g->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(g->journal);
	close(g->console);
	close(g->complaints);
	if (g->pidfd >= 0)
		close(g->pidfd);
	return status;
}
