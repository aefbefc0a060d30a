// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"
#include "js.h"
#include "mem.h"
#include "opt.h"
#include "pack.h"
#include "rundir.h"
#include "verb.h"
#include "vm.h"
#include "words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MAX  (1 << 20)
#define CPUS_MAX    64
#define NODES_MAX   8
#define TIMEOUT_MAX (30 * 86400)

static const char vm_help[] =
	"usage: @ vm KERNEL [OPTIONS] [-- RUN-OPTIONS]\n\n"
	"Runs the cases on another kernel, in a virtual machine of two nodes with a swap disk,\n"
	"a scratch disk, a raw and a slow disk. Verdicts reach this side as they happen, so a\n"
	"panic loses none. KVM is used where it really runs the guest, else TCG.\n\n"
	"  --kernel IMAGE   a kernel image\n"
	"  --modules DIR    with --kernel: its lib/modules/RELEASE, or what that is below\n"
	"  --deb WHICH      Debian's: a suite (trixie, sid), a version (6.1, 6.1.0-50) or newest\n"
	"  --build TREE     the kernel built in TREE\n\n"
	"  --match EXPR     only these cases; what stands behind -- goes to 'run' in the guest\n"
	"  --bisect[=crash] exit as a step of 'git bisect run' must, see 'run'; 125 also for a\n"
	"                   kernel that does not get to its first case\n"
	"  --continue       when the guest dies, boot again and go on with the rest\n"
	"  --memory MB      1536\n"
	"  --cpus N         2\n"
	"  --nodes N        2\n"
	"  --append TEXT    more kernel parameters (may be repeated)\n"
	"  --timeout TIME   end all after 90s, 30m, 2h; the default is never\n"
	"  --results DIR    where run directories go ($LOSTWRITE_RESULTS; see lostwrite(1))\n"
	"  --history FILE   add what it found to FILE, see 'history'\n"
	"  --keep           leave the guest's disks in the run directory\n"
	"  --shell          no run: a shell in the guest, with the suite in /suite\n"
	"  --exec COMMAND   no run: a shell's COMMAND there; its output and exit code are ours\n"
	"  --put FILE       for both: FILE in the guest's /root (may be repeated)\n"
	"  --write DIR      no run: DIR/kernel and DIR/initrd, which do the run wherever they\n"
	"                   are booted, with the verdicts on the console, as LAVA reads them\n\n"
	"Exit: as of 'run'; with --exec that of COMMAND; 2 also when the guest does not get so far.\n\n"
	"  @ vm --deb bullseye\n"
	"  @ vm --deb 6.1.0-50 --continue -- full --strict\n"
	"  @ vm --kernel arch/x86/boot/bzImage --match 'uring* and not swap'\n"
	"  @ vm --build ~/linux --append 'transparent_hugepage=never' --shell\n"
	"  @ vm --deb 6.12 --put bug --exec '/root/bug; uname -r'\n"
	"  git bisect run sh -c 'make -s bzImage || exit 125; @ vm --build . --bisect --match X'\n"
	"  @ vm --deb newest --write /srv/tftp/lostwrite -- full\n";

enum {
	KERNEL = 256,
	MODULES,
	DEB,
	BUILD,
	MATCH,
	BISECT,
	CONTINUE,
	MEMORY,
	CPUS,
	NODES,
	APPEND,
	TIMEOUT,
	RESULTS,
	HISTORY,
	KEEP,
	SHELL,
	EXEC,
	PUT,
	WRITE
};

static const struct option options[] = {
	{ "kernel", required_argument, NULL, KERNEL },
	{ "modules", required_argument, NULL, MODULES },
	{ "deb", required_argument, NULL, DEB },
	{ "build", required_argument, NULL, BUILD },
	{ "match", required_argument, NULL, MATCH },
	{ "bisect", optional_argument, NULL, BISECT },
	{ "continue", no_argument, NULL, CONTINUE },
	{ "memory", required_argument, NULL, MEMORY },
	{ "cpus", required_argument, NULL, CPUS },
	{ "nodes", required_argument, NULL, NODES },
	{ "append", required_argument, NULL, APPEND },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "results", required_argument, NULL, RESULTS },
	{ "history", required_argument, NULL, HISTORY },
	{ "keep", no_argument, NULL, KEEP },
	{ "shell", no_argument, NULL, SHELL },
	{ "exec", required_argument, NULL, EXEC },
	{ "put", required_argument, NULL, PUT },
	{ "write", required_argument, NULL, WRITE },
	{ NULL, 0, NULL, 0 },
};

/* What `run` in the guest gets. */
struct order {
	struct words words;
	struct words put; /* for the guest's /root */
	char *known;	  /* what the file of --known holds: the guest has not our files */
};

static void add_word(struct order *o, const char *word)
{
	if (strchr(word, '\n'))
		opt_usage("vm: an option for the guest has more than one line");
	words_add(&o->words, word);
}

static void take_known(struct order *o, const char *path)
{
	free(o->known);
	o->known = path ? file_text(path) : NULL;
	if (!o->known)
		opt_usage("vm: --known: %s: %s", path ? path : "needs a value",
			  path ? strerror(errno) : "a file");
	add_word(o, "--known");
	add_word(o, "/job/known");
}

static void take_file(struct words *put, const char *path)
{
	const char *name = basename(path);
	struct stat st;

	if (stat(path, &st))
		opt_usage("vm: --put: %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		opt_usage("vm: --put: %s: not a regular file", path);
	for (size_t i = 0; i < put->n; i++)
		if (!strcmp(basename(put->list[i]), name))
			opt_usage("vm: --put: two files of the name %s", name);
	words_add(put, path);
}

static void take_run_options(struct order *o, char *const *word)
{
	if (*word && !strcmp(*word, "run"))
		word++;
	for (; *word; word++) {
		if (!strncmp(*word, "--results", 9) || !strncmp(*word, "--history", 9))
			opt_usage("vm: %.9s belongs before '--'; the guest has no place of its own",
				  *word);
		if (!strncmp(*word, "--known=", 8))
			take_known(o, *word + 8);
		else if (!strcmp(*word, "--known"))
			take_known(o, *++word);
		else
			add_word(o, *word);
		if (!*word)
			return;
	}
}

static bool take_shape(struct guest_shape *s, int c)
{
	switch (c) {
	case MEMORY:
		s->memory = opt_number("vm: --memory", optarg, 1, MEMORY_MAX);
		return true;
	case CPUS:
		s->cpus = opt_number("vm: --cpus", optarg, 1, CPUS_MAX);
		return true;
	case NODES:
		s->nodes = opt_number("vm: --nodes", optarg, 1, NODES_MAX);
		return true;
	case APPEND:
		s->append = s->append ? mem_text("%s %s", s->append, optarg) : optarg;
		return true;
	case SHELL:
		s->shell = true;
		return true;
	}
	return false;
}

static void take_option(struct vm_options *o, struct order *run, int c)
{
	switch (c) {
	case KERNEL:
		o->wish.image = optarg;
		break;
	case MODULES:
		o->wish.modules = optarg;
		break;
	case DEB:
		o->wish.deb = optarg;
		break;
	case BUILD:
		o->wish.build = optarg;
		break;
	case MATCH:
		add_word(run, "--match");
		add_word(run, optarg);
		break;
	case BISECT:
		o->bisect = answer_mode("vm: --bisect", optarg);
		break;
	case CONTINUE:
		o->go_on = true;
		break;
	case TIMEOUT:
		o->timeout = opt_duration("vm: --timeout", optarg, TIMEOUT_MAX);
		break;
	case RESULTS:
		o->results = optarg;
		break;
	case HISTORY:
		o->history = optarg;
		break;
	case KEEP:
		o->keep = true;
		break;
	case EXEC:
		o->shape.command = optarg;
		break;
	case PUT:
		take_file(&run->put, optarg);
		break;
	case WRITE:
		o->write = optarg;
		break;
	default:
		take_shape(&o->shape, c);
	}
}

/* With --shell and --exec there is no run that has options and results. */
static void check_terminal(const struct vm_options *o, const struct order *run)
{
	if (o->shape.shell && o->shape.command)
		opt_usage("vm: --shell and --exec; one of them");
	if (!o->shape.shell && !o->shape.command && run->put.n)
		opt_usage("vm: --put goes with --shell and --exec");
	if ((o->shape.shell || o->shape.command) &&
	    (run->words.n || o->write || o->go_on || o->keep || o->history || o->bisect))
		opt_usage(
			"vm: --shell and --exec do no run; --match, --bisect, --continue, --keep, "
			"--history, --write and what stands behind -- do not go with them");
	if (o->shape.shell && !isatty(STDIN_FILENO))
		opt_usage("vm: --shell needs a terminal; --exec does not");
}

static void check(const struct vm_options *o)
{
	int kernels = !!o->wish.image + !!o->wish.deb + !!o->wish.build;

	if (kernels != 1)
		opt_usage("vm: %s; one of --kernel, --deb and --build names the kernel",
			  kernels ? "too many kernels" : "no kernel");
	if (o->wish.modules && !o->wish.image)
		opt_usage("vm: --modules goes with --kernel");
	if (o->write && (o->go_on || o->keep || o->timeout || o->history))
		opt_usage("vm: --write boots nothing; --continue, --keep, --timeout and "
			  "--history do not go with it");
	if (o->shape.append && strpbrk(o->shape.append, "\n"))
		opt_usage("vm: --append has more than one line");
}

static json_t *argv_json(int argc, char **argv)
{
	json_t *list = json_array();

	for (int i = 0; i < argc; i++)
		json_array_append_new(list, js_text(argv[i]));
	return list;
}

static int vm_verb(const struct verb *v, int argc, char **argv)
{
	struct vm_options o = { .shape = { .memory = 1536, .cpus = 2, .nodes = 2 },
				.results = rundir_results(),
				.argv = argv_json(argc, argv) };
	struct order run = { .words = words_none(), .put = words_none() };
	int own = 0, c, code;

	while (own < argc && strcmp(argv[own], "--"))
		own++;
	while ((c = verb_option(v, own, argv, options)) != -1)
		take_option(&o, &run, c);
	verb_no_more(v, own, argv);
	check(&o);
	if (own < argc)
		take_run_options(&run, argv + own + 1);
	check_terminal(&o, &run);
	o.put = run.put.list;
	o.run_args = run.words.list;
	o.known = run.known;
	code = o.write ? pack_run(&o) : vm_run(&o);
	words_free(&run.words);
	words_free(&run.put);
	free(run.known);
	json_decref(o.argv);
	return code;
}

const struct verb verb_vm = { "vm", "run cases on another kernel, in a virtual machine", vm_help,
			      vm_verb, true };
