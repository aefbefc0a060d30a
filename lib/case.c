// SPDX-License-Identifier: GPL-2.0-or-later
#include "case-impl.h"
#include "child.h"
#include "deadline.h"
#include "fail.h"
#include "pace.h"
#include "pagemap.h"
#include "res.h"
#include "stuck.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SWAP_BYTES     (256u << 20)
#define DEFAULT_ROUNDS 4

struct case_result *case_result;

static volatile sig_atomic_t stop_signal;
static double deadline; /* of the running cell's rounds */

/* --- the test: a child of the supervisor --- */

bool case_round(struct case_ctx *c)
{
	unsigned int rounds = case_options.rounds ? case_options.rounds
			      : c->info->rounds	  ? c->info->rounds
						  : DEFAULT_ROUNDS;

	if (case_options.seconds && !case_options.rounds)
		rounds = ~0u;
	if (c->round >= rounds || (c->round && deadline_now() >= deadline))
		return false;
	atomic_store(&case_result->round, ++c->round);
	return true;
}

enum verdict case_trials(struct case_ctx *c, enum map_kind kind, size_t pages,
			 enum verdict (*trial)(struct case_ctx *c, struct map *buffer,
					       struct map *control))
{
	enum verdict verdict = PASS;
	struct map buffer, control;

	while (verdict == PASS && case_round(c)) {
		if (!case_map(c, &buffer, kind, pages, 0) || !case_map(c, &control, kind, pages, 1))
			return INCONCLUSIVE;
		verdict = trial(c, &buffer, &control);
		map_free(&buffer);
		map_free(&control);
	}
	return verdict;
}

static void broken_in_test(const char *message)
{
	snprintf(case_result->reason, sizeof(case_result->reason), "%s", message);
	case_result->verdict = BROKEN;
	_exit(BROKEN);
}

static void reset_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

/*
 * Fresh pages wait in the LRU batch of the CPU that faulted them in, where
 * reclaim does not see them. MADV_PAGEOUT drains the batches of its own CPU
 * only, so a test that migrated would page out nothing. Races undo this:
 * case_on_all_cpus().
 */
static void stay_on_this_cpu(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

void case_on_all_cpus(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

__attribute__((noreturn)) static void test(const struct case_info *info,
					   const struct case_cell *cell, unsigned int index,
					   enum verdict (*run)(struct case_ctx *c))
{
	struct case_ctx c = { .info = info,
			      .cell = cell,
			      .seed = case_options.seed,
			      .rng = rng_make(case_options.seed, index) };

	child_bind();
	reset_signals();
	stay_on_this_cpu();
	fail_handler = broken_in_test;
	case_result->verdict = run(&c);
	_exit(0);
}

/* --- the supervisor --- */

static void on_signal(int number)
{
	stop_signal = number;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* a reader that left must not cost us the undo */
	/* Orphans of the test come to us and are ended. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void verdict_of(int verdict, const char *fmt, int number)
{
	case_result->verdict = verdict;
	snprintf(case_result->reason, sizeof(case_result->reason), fmt, number);
}

/* What the test did not say itself. */
static void judge_end(int status)
{
	if (WIFSIGNALED(status) && case_result->verdict != CORRUPT)
		verdict_of(BROKEN,
			   WTERMSIG(status) == SIGKILL
				   ? "the test was killed (signal %d; out of memory?)"
				   : "the test died of signal %d",
			   WTERMSIG(status));
	else if (case_result->verdict < 0)
		verdict_of(BROKEN, "the test left with status %d and no verdict",
			   WEXITSTATUS(status));
}

/* A pass must be earned. */
static void judge_exposure(const struct case_info *info)
{
	char *reason = case_result->reason;
	size_t used = 0, size = sizeof(case_result->reason);

	for (int i = 0; i < CASE_COUNTERS && info->counters[i].name; i++)
		if (info->counters[i].exposure && !atomic_load(&case_result->counters[i]))
			used += snprintf(reason + used, size - used, "%s%s 0",
					 used ? ", " : "never exposed: ", info->counters[i].name);
	if (used)
		case_result->verdict = INCONCLUSIVE;
}

/* Sleeps until PID may have ended: at once by pidfd (5.3), else by the millisecond. */
static void doze(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	poll(&end, end.fd >= 0, end.fd >= 0 ? 200 : 1);
	if (end.fd >= 0)
		close(end.fd);
}

/* How long a round may take. */
struct patience {
	double usual, seconds;
	double pace; /* 0: not measured, as the usual time is not over */
};

#define HANG_SECONDS 10

/*
 * The usual time is over: on a slow machine it takes longer. True when there is more; what is
 * left is said to who waits for us.
 */
static bool has_more(struct patience *p, double since)
{
	if (p->pace > 0)
		return false;
	p->pace = pace();
	p->seconds = p->usual + HANG_SECONDS * (p->pace - 1);
	if (p->pace > 1)
		case_report_patience(p->seconds - (deadline_now() - since), p->pace);
	return true;
}

/* True when the test ended by itself, no round longer than P; not when a process of it gave up. */
static bool wait_for(pid_t pid, struct patience *p, int *status)
{
	double since = deadline_now();
	unsigned int round = 0, last = 0;

	while (waitpid(pid, status, WNOHANG) == 0) {
		doze(pid);
		round = atomic_load(&case_result->round);
		if (round != last) {
			since = deadline_now();
			*p = (struct patience){ .usual = p->usual, .seconds = p->usual };
		}
		last = round;
		if (stop_signal || case_result->verdict == BROKEN)
			return false;
		if (deadline_now() > since + p->seconds && !has_more(p, since))
			return false;
	}
	return true;
}

static void say_hang(const struct patience *p)
{
	char slow[80] = "";

	if (p->pace > 1)
		snprintf(slow, sizeof(slow), " on a machine that is %.1f times slower than usual",
			 p->pace);
	case_result->verdict = BROKEN;
	snprintf(case_result->reason, sizeof(case_result->reason),
		 "no verdict within %.0f s%s: the test hangs", p->seconds, slow);
}

/* The test hangs; only where one instruction never ends is that the kernel's fault. */
static void judge_hang(const struct patience *p)
{
	unsigned long faults = stuck_faults();

	if (!faults) {
		say_hang(p);
		return;
	}
	case_result->verdict = CORRUPT;
	snprintf(case_result->class, sizeof(case_result->class), "endless fault");
	snprintf(
		case_result->diagnosis, sizeof(case_result->diagnosis),
		"one instruction takes page faults without end, %lu so far: what it would write is "
		"never there; seed %llu",
		faults, (unsigned long long)case_options.seed);
}

/* The seconds in which all cells begin. */
static unsigned int case_bound(const struct case_info *info)
{
	return case_options.seconds ? case_options.seconds
	       : case_options.limit ? case_options.limit
				    : case_seconds(info);
}

/* A cell of which a round takes longer than this hangs. */
static unsigned int cell_limit(const struct case_info *info)
{
	return HANG_SECONDS + case_options.patience +
	       (info->cells ? case_options.seconds : case_bound(info));
}

static void run_cell(const struct case_info *info, const struct case_cell *cell, unsigned int index,
		     enum verdict (*run)(struct case_ctx *c), double seconds)
{
	struct patience patience = { .usual = cell_limit(info), .seconds = cell_limit(info) };
	double start = deadline_now();
	int status = 0;
	bool ended;
	pid_t pid;

	deadline = start + seconds;
	fflush(NULL);
	pid = fork();
	if (!pid)
		test(info, cell, index, run);
	if (pid < 0)
		fail("fork");
	ended = wait_for(pid, &patience, &status);
	if (ended)
		judge_end(status);
	else if (!stop_signal && case_result->verdict != BROKEN)
		judge_hang(&patience);
	/* It may wait for a server in the kernel, which then has to go first. */
	if (!ended || case_result->verdict == BROKEN || stop_signal)
		child_end_all();
	else
		child_end_others();
	case_result->seconds = deadline_now() - start;
	if (case_result->verdict == PASS)
		judge_exposure(info);
}

static bool selected(const struct case_info *info, const struct case_cell *cell)
{
	char id[256];

	return case_opt_selected(case_id(info, cell, id, sizeof(id)), cell->name);
}

static unsigned int count_selected(const struct case_info *info)
{
	unsigned int n = 0;

	for (const struct case_cell *cell = case_cells(info); cell->name; cell++)
		n += selected(info, cell);
	return n;
}

/*
 * Once a program: what its cells need and the suite can provide. A swap file of
 * our own where it can be made, else the user's swap has to do.
 */
static bool provide(uint64_t needs)
{
	static bool tried, swap_on;

	if (!(needs & NEED_SWAP))
		return true;
	if (!tried)
		swap_on = (!geteuid() && res_swap_file(SWAP_BYTES)) || need_disk_swap();
	tried = true;
	return swap_on;
}

static bool ready(const struct case_info *info, const struct case_cell *cell)
{
	uint64_t needs = case_needs(info, cell);

	if (need_missing(needs, case_memory(info), case_result->reason,
			 sizeof(case_result->reason))) {
		case_result->verdict = SKIP;
		return false;
	}
	if (!provide(needs)) {
		snprintf(case_result->reason, sizeof(case_result->reason), "swap: %s", res_why());
		case_result->verdict = SKIP;
		return false;
	}
	if (info->prepare && !info->prepare(cell)) {
		snprintf(case_result->reason, sizeof(case_result->reason), "%s", res_why());
		case_result->verdict = SKIP;
		return false;
	}
	return true;
}

/* The exit code is that of the worst cell. */
static int worse(int a, int b)
{
	static const int order[] = { CORRUPT, BROKEN, PASS, INCONCLUSIVE, SKIP };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return BROKEN;
}

static int run_cells(const struct case_info *info, enum verdict (*run)(struct case_ctx *c))
{
	unsigned int count = count_selected(info), number = 0, index = 0;
	double all = case_bound(info), end = deadline_now() + all;
	int exit_code = SKIP;
	char id[256];

	case_report_plan(info, count);
	for (const struct case_cell *cell = case_cells(info); cell->name; cell++, index++) {
		if (!selected(info, cell))
			continue;
		*case_result = (struct case_result){ .verdict = -1 };
		if (stop_signal)
			return 128 + stop_signal;
		if (deadline_now() > end) {
			verdict_of(SKIP, "not run: the program's %d s are over", case_bound(info));
			case_report_late(info, cell, ++number, case_result);
			exit_code = worse(exit_code, SKIP);
			continue;
		}
		case_report_start(case_id(info, cell, id, sizeof(id)));
		if (ready(info, cell))
			run_cell(info, cell, index, run, all / count);
		if (stop_signal)
			return 128 + stop_signal;
		case_report(info, cell, ++number, case_result);
		exit_code = worse(exit_code, case_result->verdict);
	}
	return exit_code;
}

/* fail() in the supervisor: nothing borrowed stays behind. */
static void broken_in_supervisor(const char *message)
{
	child_end_all();
	res_undo(stderr);
	printf("Bail out! %s\n", message);
	fflush(stdout);
	_exit(BROKEN);
}

int case_main(int argc, char **argv, const struct case_info *info,
	      enum verdict (*run)(struct case_ctx *c))
{
	int exit_code;

	case_opt_parse(argc, argv, info);
	catch_signals();
	fail_handler = broken_in_supervisor;
	case_result = child_shared(sizeof(*case_result));
	res_undo_stale(NULL, stderr);
	res_own(info->name);
	exit_code = run_cells(info, run);
	child_end_all();
	/* Not given back is broken, whatever was seen; what was seen is printed already. */
	if (res_undo(stderr) && exit_code != CORRUPT)
		exit_code = BROKEN;
	if (fflush(stdout) || ferror(stdout))
		exit_code = exit_code == CORRUPT ? CORRUPT : BROKEN;
	return exit_code;
}
