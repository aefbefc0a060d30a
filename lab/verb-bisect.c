// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect.h"
#include "js.h"
#include "mem.h"
#include "opt.h"
#include "rundir.h"
#include "text.h"
#include "verb.h"
#include "words.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALIBRATE_MAX 100000

static const char bisect_help[] =
	"usage: @ bisect SPACE --match EXPR [OPTIONS] [-- RUN-OPTIONS]\n"
	"       @ bisect --resume [DIR]\n\n"
	"Finds what broke a case, or with --fix what repaired it. It measures how often the case\n"
	"fails at the bad end, plans so many runs of each kernel that the answer is right with\n"
	"--confidence, checks the good end, halves, and runs what it found afresh. Every kernel is\n"
	"booted in a virtual machine as of 'vm'.\n\n"
	"SPACE is one of:\n"
	"  --tree TREE --good A --bad B\n"
	"                   commits of a kernel tree; they are built, the tree stays as it is\n"
	"  --deb A..B       Debian's kernels that apt has from A to B; --deb A,B,C: just these\n"
	"  --kernel IMAGE, --build TREE, --list FILE\n"
	"                   kernels as of 'vm' and 'ladder', from the oldest to the newest\n"
	"  --configs TREE --good FILE --bad FILE\n"
	"                   options of two configurations, with which TREE's HEAD is built\n"
	"  --parameters --good TEXT --bad TEXT\n"
	"                   kernel parameters, of the kernel that --deb, --kernel or --build names\n\n"
	"  --fix            the older end is bad: find what repaired it\n"
	"  --confidence C   that the answer is right: 0.95\n"
	"  --noise Q        good kernels fail, too, this often: 0\n"
	"  --other-crash skip|bad\n"
	"                   another failure than that of the bad end: not tested (skip), or bad\n"
	"  --calibrate N    at most N runs to measure the bad end: 50\n"
	"  --fresh          a guest of its own for each run\n"
	"  --config FILE    build with this .config or fragment; the default boots in seconds\n"
	"  --make WORDS     more words for make: 'CC=gcc-9'\n"
	"  --plan           say what would be done, and do nothing\n"
	"  --yes            even when it takes more than a day\n"
	"  --no-cache       do not believe verdicts of earlier bisections\n"
	"  --resume [DIR]   go on with one that was cut off; the default is the latest\n"
	"  --memory MB, --cpus N, --nodes N, --append TEXT\n"
	"                   for each guest, as of 'vm'\n"
	"  --results DIR    where it all goes ($LOSTWRITE_RESULTS; see lostwrite(1))\n\n"
	"Exit: 0 found, and confirmed by fresh runs; 1 found, not confirmed; 2 one of several that\n"
	"cannot be tested; 3 no such case; 64 usage; 128 an end is not what it should be, or nothing\n"
	"can be built or booted; 130 interrupted.\n\n"
	"  @ bisect --tree ~/linux --good v6.11 --bad v6.12 --match uring-fixed-clean-page\n"
	"  @ bisect --deb 5.10,6.1,6.12,newest --fix --match odirect-read-vs-fork\n"
	"  @ bisect --deb 6.1.0-47..6.1.0-56 --match dirty-cow --confidence 0.99 -- --seconds 20\n"
	"  @ bisect --parameters --deb 6.12 --good '' --bad 'transparent_hugepage=always' --match X\n"
	"  @ bisect --resume\n";

enum {
	TREE = 256,
	CONFIGS,
	PARAMETERS,
	DEB,
	KERNEL,
	BUILD,
	LIST,
	GOOD,
	BAD,
	MATCH,
	FIX,
	CONFIDENCE,
	NOISE,
	OTHER,
	CALIBRATE,
	FRESH,
	CONFIG,
	MAKE,
	PLAN,
	YES,
	NO_CACHE,
	RESUME,
	MEMORY,
	CPUS,
	NODES,
	APPEND,
	RESULTS
};

static const struct option options[] = {
	{ "tree", required_argument, NULL, TREE },
	{ "configs", required_argument, NULL, CONFIGS },
	{ "parameters", no_argument, NULL, PARAMETERS },
	{ "deb", required_argument, NULL, DEB },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "build", required_argument, NULL, BUILD },
	{ "list", required_argument, NULL, LIST },
	{ "good", required_argument, NULL, GOOD },
	{ "bad", required_argument, NULL, BAD },
	{ "match", required_argument, NULL, MATCH },
	{ "fix", no_argument, NULL, FIX },
	{ "confidence", required_argument, NULL, CONFIDENCE },
	{ "noise", required_argument, NULL, NOISE },
	{ "other-crash", required_argument, NULL, OTHER },
	{ "calibrate", required_argument, NULL, CALIBRATE },
	{ "fresh", no_argument, NULL, FRESH },
	{ "config", required_argument, NULL, CONFIG },
	{ "make", required_argument, NULL, MAKE },
	{ "plan", no_argument, NULL, PLAN },
	{ "yes", no_argument, NULL, YES },
	{ "no-cache", no_argument, NULL, NO_CACHE },
	{ "resume", no_argument, NULL, RESUME },
	{ "memory", required_argument, NULL, MEMORY },
	{ "cpus", required_argument, NULL, CPUS },
	{ "nodes", required_argument, NULL, NODES },
	{ "append", required_argument, NULL, APPEND },
	{ "results", required_argument, NULL, RESULTS },
	{ NULL, 0, NULL, 0 },
};

static double chance(const char *option, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0) || value >= 1)
		opt_usage("bisect: %s: '%.40s' is not a number from 0 up to, but not, 1", option,
			  text);
	return value;
}

static void take_space(struct bisect_wish *w, int c)
{
	static const char *const names[] = { "--tree", "list of kernels", "--configs",
					     "--parameters" };
	enum bisect_kind kind = c == TREE      ? BISECT_COMMITS
				: c == CONFIGS ? BISECT_CONFIGS
					       : BISECT_PARAMETERS;

	if (w->kind != BISECT_KERNELS && w->kind != kind)
		opt_usage("bisect: %s and %s are two spaces; name one", names[w->kind],
			  names[kind]);
	w->kind = kind;
	w->tree = optarg;
}

static bool take_kernel(struct bisect_wish *w, int c)
{
	if (c == DEB)
		w->deb = optarg;
	else if (c == LIST)
		w->list = optarg;
	else if (c == KERNEL || c == BUILD)
		bisect_list_add(&w->named, c == KERNEL ? "--kernel" : "--build", optarg, NULL);
	else if (c == GOOD)
		w->good = optarg;
	else if (c == BAD)
		w->bad = optarg;
	else if (c == TREE || c == CONFIGS || c == PARAMETERS)
		take_space(w, c);
	else
		return false;
	return true;
}

/* What vm will take, it takes here: a mistake shows at once. */
static void take_vm(struct words *vm, int c)
{
	static const struct {
		const char *option;
		unsigned int max;
	} numbers[] = { { "--memory", 1 << 20 }, { "--cpus", 64 }, { "--nodes", 8 } };
	char *name;

	if (c == APPEND) {
		words_add(vm, "--append");
	} else {
		name = mem_text("bisect: %s", numbers[c - MEMORY].option);
		opt_number(name, optarg, 1, numbers[c - MEMORY].max);
		free(name);
		words_add(vm, numbers[c - MEMORY].option);
	}
	words_add(vm, optarg);
}

static void take_option(struct bisect_options *o, struct words *vm, int c)
{
	switch (c) {
	case MATCH:
		o->match = optarg;
		break;
	case FIX:
		o->wish.fix = true;
		break;
	case CONFIDENCE:
		o->plan.confidence = chance("--confidence", optarg);
		break;
	case NOISE:
		o->plan.noise = chance("--noise", optarg);
		break;
	case OTHER:
		o->plan.other_is_bad = !strcmp(optarg, "bad");
		if (!o->plan.other_is_bad && strcmp(optarg, "skip") != 0)
			opt_usage("bisect: --other-crash: '%.40s' is neither skip nor bad", optarg);
		break;
	case CALIBRATE:
		o->plan.runs_max =
			opt_number("bisect: --calibrate", optarg, BISECT_PLAN_HITS, CALIBRATE_MAX);
		break;
	case FRESH:
		o->fresh = true;
		break;
	case CONFIG:
		o->wish.config = optarg;
		break;
	case MAKE:
		o->wish.make = optarg;
		break;
	case PLAN:
		o->only_plan = true;
		break;
	case YES:
		o->yes = true;
		break;
	case NO_CACHE:
		o->no_cache = true;
		break;
	case RESULTS:
		o->results = optarg;
		break;
	default:
		if (!take_kernel(&o->wish, c))
			take_vm(vm, c);
	}
}

static void check(const struct bisect_options *o)
{
	const struct bisect_wish *w = &o->wish;
	bool kernels = w->deb || w->list || w->named.n;

	if (!o->match)
		opt_usage("bisect: --match EXPR says which case to look at");
	if (w->kind == BISECT_KERNELS && !kernels)
		opt_usage("bisect: one of --tree, --deb, --kernel, --build, --list, --configs and "
			  "--parameters says where to search");
	if (w->kind == BISECT_KERNELS && (w->good || w->bad))
		opt_usage("bisect: of a list of kernels the first is good and the last bad (with "
			  "--fix the first is bad); --good and --bad do not go with it");
	if (w->kind != BISECT_KERNELS && (!w->good || !w->bad))
		opt_usage("bisect: --%s is missing", w->good ? "bad" : "good");
	if (kernels && (w->kind == BISECT_COMMITS || w->kind == BISECT_CONFIGS))
		opt_usage("bisect: --deb, --kernel, --build and --list do not go with %s",
			  w->kind == BISECT_COMMITS ? "--tree" : "--configs");
	if (w->fix && (w->kind == BISECT_CONFIGS || w->kind == BISECT_PARAMETERS))
		opt_usage("bisect: --fix is for what has an order in time");
	if (w->config && w->kind != BISECT_COMMITS)
		opt_usage("bisect: --config goes with --tree");
	if (w->config && access(w->config, R_OK))
		opt_usage("bisect: --config: %s: %s", w->config, strerror(errno));
	if (!(o->plan.confidence > 0))
		opt_usage("bisect: --confidence: 0 is no confidence");
}

static bool is_bisection(const char *results, const char *name)
{
	char *path = mem_text("%s/%s/bisect.jsonl", results, name);
	bool yes = !access(path, R_OK);

	free(path);
	return yes;
}

/* Names of run directories begin with the time. */
static char *latest(const char *results)
{
	DIR *dir = opendir(results);
	char *best = NULL, *path;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
		if ((!best || strcmp(e->d_name, best) > 0) && is_bisection(results, e->d_name)) {
			free(best);
			best = mem_copy(e->d_name);
		}
	if (dir)
		closedir(dir);
	if (!best)
		opt_usage("bisect: --resume: there is no bisection in %s", results);
	path = mem_text("%s/%s", results, best);
	free(best);
	return path;
}

static int parse(const struct verb *v, struct bisect_options *o, struct words *vm, int argc,
		 char **argv, bool *resume)
{
	int own = 0, c;

	while (own < argc && strcmp(argv[own], "--"))
		own++;
	while ((c = verb_option(v, own, argv, options)) != -1)
		if (c == RESUME)
			*resume = true;
		else
			take_option(o, vm, c);
	return own;
}

static int go(struct bisect_options *o, struct words *vm, const struct verb *v, int argc,
	      char **argv, int own)
{
	static char *none[] = { NULL };

	verb_no_more(v, own, argv);
	check(o);
	o->vm_args = vm->list;
	o->run_args = own < argc ? argv + own + 1 : none;
	o->argv = json_array();
	for (int i = 0; i < argc; i++)
		json_array_append_new(o->argv, js_text(argv[i]));
	return bisect_run(o);
}

/* As it was typed then, where it was typed then. */
static int resume(struct bisect_options *o, struct words *vm, const struct verb *v, char *dir)
{
	char *cwd = NULL, *real = realpath(dir, NULL), **argv;
	json_t *words = bisect_argv(dir, &cwd);
	int argc = json_array_size(words), own, code = BISECT_EXIT_NO;
	bool ignored;

	argv = mem_zero(argc + 1, sizeof(*argv));
	for (int i = 0; i < argc; i++)
		argv[i] = (char *)json_string_value(json_array_get(words, i));
	o->resume = real;
	optind = 0;
	if (words && cwd && chdir(cwd)) {
		text_refuse(mem_text("cannot go to %s: %s", cwd, strerror(errno)));
	} else if (words) {
		own = parse(v, o, vm, argc, argv, &ignored);
		code = go(o, vm, v, argc, argv, own);
	}
	free(argv);
	free(real);
	free(cwd);
	json_decref(words);
	return code;
}

static int bisect_verb(const struct verb *v, int argc, char **argv)
{
	struct bisect_options o = { .wish = { .kind = BISECT_KERNELS },
				    .plan = { .confidence = 0.95 },
				    .results = rundir_results() };
	struct words vm = words_none();
	bool resumes = false;
	int own = parse(v, &o, &vm, argc, argv, &resumes), code;
	char *dir;

	if (resumes) {
		dir = optind < own ? mem_copy(argv[optind++]) : latest(o.results);
		verb_no_more(v, own, argv);
		code = resume(&o, &vm, v, dir);
		free(dir);
	} else {
		code = go(&o, &vm, v, argc, argv, own);
	}
	words_free(&vm);
	if (o.wish.named.n)
		bisect_list_free(&o.wish.named);
	json_decref(o.argv);
	return code;
}

const struct verb verb_bisect = { "bisect", "find what broke or repaired a case", bisect_help,
				  bisect_verb };
