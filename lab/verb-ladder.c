// SPDX-License-Identifier: GPL-2.0-or-later
#include "expect.h"
#include "kernels.h"
#include "ladder.h"
#include "mem.h"
#include "opt.h"
#include "rundir.h"
#include "verb.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 64

static const char ladder_help[] =
	"usage: @ ladder [KERNEL...] [OPTIONS] [-- RUN-OPTIONS]\n\n"
	"Runs the same cases on several kernels, each in a virtual machine as 'vm' makes it, and\n"
	"shows what each case says on each kernel. Without a KERNEL: Debian's 5.10, 6.1, 6.12 and\n"
	"newest.\n\n"
	"  --deb WHICH, --kernel IMAGE, --build TREE\n"
	"                   a kernel as of 'vm'; may be repeated\n"
	"  --list FILE      kernels from a file: lines of 'deb WHICH', 'build TREE' or\n"
	"                   'kernel IMAGE [MODULES]'\n\n"
	"  --match EXPR     only these cases\n"
	"  --expect FILE    compare with lines of KERNEL, CASE, VERDICTS, REASON, with tabs between\n"
	"  --jobs N         guests at a time; the default is one for two CPUs\n"
	"  --memory MB, --cpus N, --nodes N, --append TEXT, --timeout TIME\n"
	"                   for each guest, as of 'vm'\n"
	"  --results DIR    where it all goes ($LOSTWRITE_RESULTS; see lostwrite(1))\n\n"
	"Exit: that of the worst kernel; with --expect 0 when all is as expected, 1 when not;\n"
	"2 when a kernel brought no results, 130 interrupted.\n\n"
	"  @ ladder\n"
	"  @ ladder --deb 5.10.0-32 --deb newest --expect lab/expected.tsv\n"
	"  @ ladder --kernel bad/bzImage --kernel good/bzImage --match 'uring*' -- full\n";

enum {
	DEB = 256,
	KERNEL,
	BUILD,
	LIST,
	MATCH,
	EXPECT,
	JOBS,
	MEMORY,
	CPUS,
	NODES,
	APPEND,
	TIMEOUT,
	RESULTS
};

static const struct option options[] = {
	{ "deb", required_argument, NULL, DEB },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "build", required_argument, NULL, BUILD },
	{ "list", required_argument, NULL, LIST },
	{ "match", required_argument, NULL, MATCH },
	{ "expect", required_argument, NULL, EXPECT },
	{ "jobs", required_argument, NULL, JOBS },
	{ "memory", required_argument, NULL, MEMORY },
	{ "cpus", required_argument, NULL, CPUS },
	{ "nodes", required_argument, NULL, NODES },
	{ "append", required_argument, NULL, APPEND },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "results", required_argument, NULL, RESULTS },
	{ NULL, 0, NULL, 0 },
};

static void add_kernel(void *ladder, const char *option, const char *value, const char *modules)
{
	ladder_add(ladder, option, value, modules);
}

static const char *name_of(int c)
{
	for (size_t i = 0; options[i].name; i++)
		if (options[i].val == c)
			return options[i].name;
	return "";
}

/* What vm will take, it takes here: a mistake shows at once, not after hours. */
static void check_number(int c)
{
	char *name = mem_text("ladder: --%s", name_of(c));

	if (c == TIMEOUT)
		opt_duration(name, optarg, 30 * 86400);
	else if (c == MEMORY || c == CPUS || c == NODES)
		opt_number(name, optarg, 1, c == MEMORY ? 1 << 20 : c == CPUS ? 64 : 8);
	free(name);
}

static void take_option(struct ladder *l, struct words *vm, int c)
{
	switch (c) {
	case DEB:
	case KERNEL:
	case BUILD:
		ladder_add(l,
			   c == DEB	 ? "--deb"
			   : c == KERNEL ? "--kernel"
					 : "--build",
			   optarg, NULL);
		break;
	case LIST:
		kernels_read("ladder: --list", optarg, add_kernel, l);
		break;
	case EXPECT:
		expect_free(l->expect);
		l->expect = expect_load(optarg);
		break;
	case JOBS:
		l->jobs = opt_number("ladder: --jobs", optarg, 1, JOBS_MAX);
		break;
	case RESULTS:
		l->results = optarg;
		break;
	default:
		check_number(c);
		words_print(vm, "--%s", name_of(c));
		words_add(vm, optarg);
	}
}

static void add_defaults(struct ladder *l)
{
	static const char *const kernels[] = { "5.10", "6.1", "6.12", "newest", NULL };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (size_t i = 0; i == l->n && kernels[i]; i++)
		ladder_add(l, "--deb", kernels[i], NULL);
	if (!l->jobs)
		l->jobs = cpus < 4 ? 1 : cpus / 2;
	if (l->jobs > l->n)
		l->jobs = l->n;
}

static void ladder_free(struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++) {
		record_free(&l->kernels[i].record);
		free(l->kernels[i].value);
		free(l->kernels[i].modules);
		free(l->kernels[i].label);
		free(l->kernels[i].said);
		free(l->kernels[i].dir);
	}
	free(l->kernels);
	expect_free(l->expect);
}

static int ladder_verb(const struct verb *v, int argc, char **argv)
{
	struct ladder l = { .results = rundir_results() };
	struct words vm = words_none();
	static char *none[] = { NULL };
	int own = 0, c, code;

	while (own < argc && strcmp(argv[own], "--"))
		own++;
	while ((c = verb_option(v, own, argv, options)) != -1)
		take_option(&l, &vm, c);
	verb_no_more(v, own, argv);
	add_defaults(&l);
	words_add(&vm, "--continue");
	l.vm_args = vm.list;
	l.run_args = own < argc ? argv + own + 1 : none;
	code = ladder_run(&l);
	words_free(&vm);
	ladder_free(&l);
	return code;
}

const struct verb verb_ladder = { "ladder", "run cases on several kernels, and compare",
				  ladder_help, ladder_verb };
