// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stub: programs for the tests of the runner. Under the name stub-pass it
 * passes, under stub-hang it hangs, and so on: one row of the table below a
 * name. It uses nothing of the suite on purpose.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct stub {
	const char *name;
	int (*run)(const struct stub *s);
	const char *cells;	  /* below its name, or NULL: just one */
	const char *describe;	  /* more members */
	const char *cell_members; /* more members of each cell */
	void (*odd_describe)(void);
};

static char *const *wanted; /* --cell */
static int n_wanted;

static void plan(int n)
{
	printf("KTAP version 1\n1..%d\n# program stub 1\n# seed 1\n", n);
}

static void cell(const char *id)
{
	printf("# cell %s\n", id);
	fflush(stdout);
}

static int one(const struct stub *s, const char *before, const char *ok, const char *directive,
	       int code)
{
	plan(1);
	cell(s->name);
	printf("# counter held 64\n# seconds 0.012\n%s%s 1 %s%s\n", before, ok, s->name, directive);
	return code;
}

static int run_pass(const struct stub *s)
{
	return one(s, "# counter pages_checked 7\n", "ok", "", 0);
}

#define DIAGNOSIS                                                                             \
	"# corrupt page 17 of 256, +0x0..0xfff: generation 41 by cpu, expected 42 by device " \
	"(stale); 3 pages bad in round 42\n# replay stub --seed 7\n"

static int run_corrupt(const struct stub *s)
{
	return one(s, DIAGNOSIS, "not ok", "", 1);
}

static int run_open(const struct stub *s)
{
	return one(s, DIAGNOSIS, "not ok", " # TODO open upstream: since 6.12, no fix known", 1);
}

static int run_hazard(const struct stub *s)
{
	return one(s, DIAGNOSIS, "not ok", " # TODO hazard: open(2) NOTES, before 6.5", 1);
}

static int run_skip(const struct stub *s)
{
	return one(s, "", "ok", " # SKIP no swap is active; swapon a file", 77);
}

static int run_late(const struct stub *s)
{
	return one(s, "", "ok", " # SKIP not run: the program's 5 s are over", 77);
}

static int run_inconclusive(const struct stub *s)
{
	return one(s, "", "ok", " # SKIP inconclusive: no page was swapped out", 2);
}

static int run_broken(const struct stub *s)
{
	return one(s, "", "not ok", " # ERROR stub.c:1: mmap: Cannot allocate memory", 99);
}

static bool is_wanted(const char *id)
{
	for (int i = 0; i < n_wanted; i++)
		if (!strcmp(wanted[i], id))
			return true;
	return !n_wanted;
}

/* a and c pass, b is corrupt. */
static int run_multi(const struct stub *s)
{
	char id[64];
	int n = 0, bad = 0;

	plan(n_wanted ? n_wanted : 3);
	for (const char *c = s->cells; *c; c++) {
		snprintf(id, sizeof(id), "%s.%c", s->name, *c);
		if (!is_wanted(id))
			continue;
		cell(id);
		bad |= *c == 'b';
		printf("%s %d %s\n", *c == 'b' ? "not ok" : "ok", ++n, id);
	}
	return bad;
}

/* Passes a, starts b, and is gone. */
static void until_b(const struct stub *s)
{
	plan(3);
	printf("# cell %s.a\nok 1 %s.a\n# cell %s.b\n", s->name, s->name, s->name);
	fflush(stdout);
}

__attribute__((noreturn)) static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

/* Hangs in its first cell. */
static int run_stall(const struct stub *s)
{
	char id[64];

	plan(n_wanted ? n_wanted : (int)strlen(s->cells));
	snprintf(id, sizeof(id), "%s.%c", s->name, *s->cells);
	cell(n_wanted ? wanted[0] : id);
	sleep_for_ever();
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

/* No other process gets a CPU any more. */
static void freeze(void)
{
	struct sched_param most = { .sched_priority = 99 };
	cpu_set_t one;

	put("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	for (int cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1; cpu >= 0; cpu--) {
		if (cpu && fork())
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		sched_setscheduler(0, SCHED_FIFO, &most);
		for (;;)
			;
	}
}

/* All memory, and then some: the OOM killer comes. What is locked does not go to swap first. */
static void eat(void)
{
	size_t size = 1 << 24;
	char *mem;

	for (;;) {
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mem == MAP_FAILED || madvise(mem, size, MADV_HUGEPAGE) || mlock(mem, size))
			exit(99);
	}
}

/* What ends a guest; anywhere else it only says so. */
static void end_guest(const struct stub *s)
{
	if (access("/job/args", F_OK)) {
		fprintf(stderr, "stub: not in a guest of lostwrite's\n");
		exit(99);
	}
	if (strstr(s->name, "panic"))
		put("/proc/sysrq-trigger", "c");
	else if (strstr(s->name, "reset"))
		put("/proc/sysrq-trigger", "b");
	else if (strstr(s->name, "eat"))
		eat();
	else
		freeze();
}

/* Passes a and c, and takes the kernel with it in b. */
static int run_fatal(const struct stub *s)
{
	char id[64];
	int n = 0;

	plan(n_wanted ? n_wanted : 3);
	for (const char *c = s->cells; *c; c++) {
		snprintf(id, sizeof(id), "%s.%c", s->name, *c);
		if (!is_wanted(id))
			continue;
		cell(id);
		if (*c == 'b') {
			usleep(200000); /* the runner has read it */
			end_guest(s);
		}
		printf("ok %d %s\n", ++n, id);
		fflush(stdout);
	}
	return 0;
}

static int run_hang(const struct stub *s)
{
	signal(SIGTERM, SIG_IGN);
	until_b(s);
	sleep_for_ever();
}

static int run_signal(const struct stub *s)
{
	int number = strstr(s->name, "segv") ? SIGSEGV : SIGKILL;

	until_b(s);
	signal(number, SIG_DFL);
	kill(getpid(), number);
	sleep_for_ever();
}

/* Has said all it has to say, and does not stop. */
static int run_endless(const struct stub *s)
{
	plan(2);
	printf("# cell %s.a\nok 1 %s.a\n# cell %s.b\nok 2 %s.b\n", s->name, s->name, s->name,
	       s->name);
	while (puts("# all work and no play makes a dull stub, all work and no play and so on") >=
	       0)
		;
	return 0;
}

static int run_silent(const struct stub *s)
{
	fprintf(stderr, "stub: nothing to say\n");
	return 0;
}

static int run_badktap(const struct stub *s)
{
	puts("hello, world");
	return run_pass(s);
}

static int run_exitlie(const struct stub *s)
{
	return run_pass(s) + 1;
}

static int run_few(const struct stub *s)
{
	until_b(s);
	return 0;
}

static int run_twice(const struct stub *s)
{
	plan(2);
	printf("ok 1 %s\nok 2 %s\n", s->name, s->name);
	return 0;
}

static int run_unknown(const struct stub *s)
{
	plan(2);
	printf("ok 1 %s\nok 2 stub-nobody\n", s->name);
	return 0;
}

static int run_escape(const struct stub *s)
{
	return one(s, "# corrupt \033[31mred\033[0m \xff\xfe bytes\007\n", "not ok", "", 1);
}

static int run_slow(const struct stub *s)
{
	usleep(700000);
	return run_pass(s);
}

/* Leaves a process behind that left its group, its session and its parent. */
static int run_spawn(const struct stub *s)
{
	FILE *pids;
	char path[4096];

	snprintf(path, sizeof(path), "%s/pid", getenv("LOSTWRITE_OUT"));
	if (!fork()) {
		setsid();
		if (fork())
			_exit(0);
		signal(SIGTERM, SIG_IGN);
		pids = fopen(path, "w");
		if (pids) {
			fprintf(pids, "%d\n", getpid());
			fclose(pids);
		}
		sleep_for_ever();
	}
	while (access(path, F_OK))
		usleep(1000);
	return run_pass(s);
}

static int sleeper(void *arg)
{
	sleep_for_ever();
}

#define BOMBS 6000
#define STACK 8192

/* As many processes as it may have; with one memory for all, which costs nothing to copy. */
static int run_bomb(const struct stub *s)
{
	char *stacks = mmap(NULL, BOMBS * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char counter[64];
	int n = 0;

	while (n < BOMBS && clone(sleeper, stacks + (n + 1) * STACK, CLONE_VM | SIGCHLD, NULL) > 0)
		n++;
	snprintf(counter, sizeof(counter), "# counter forked %d\n", n);
	one(s, counter, "ok", "", 0);
	fflush(stdout);
	_exit(0); /* a leak checker would need a process more */
}

static int run_warn(const struct stub *s)
{
	static const char line[] = "WARNING: CPU: 0 PID: 1 at stub.c:1 a_fake_of_the_runner_test\n";
	int fd = open("/dev/kmsg", O_WRONLY);
	bool told = fd >= 0 && write(fd, line, strlen(line)) > 0;

	if (fd >= 0)
		close(fd);
	return told ? run_pass(s) : run_skip(s);
}

static bool tell(const char *path, const char *text)
{
	FILE *file = path ? fopen(path, "w") : NULL;

	return file && fputs(text, file) >= 0 && !fclose(file);
}

/* Taints what the test has put in the place of /proc/sys/kernel/tainted. */
static int run_taint(const struct stub *s)
{
	return tell(getenv("STUB_TAINT"), "512\n") ? run_pass(s) : 99;
}

/* 256 KiB: enough to fill the small file system of the test. */
static int run_loud(const struct stub *s)
{
	for (int i = 0; i < 4096; i++)
		printf("# %060d\n", i);
	return run_pass(s);
}

/* Takes all memory from the zram that the results are on: each write fails from now on. */
static int run_eio(const struct stub *s)
{
	return tell(getenv("STUB_EIO"), "4096\n") ? run_loud(s) : 99;
}

static int run_args(const struct stub *s)
{
	char text[256] = "";
	int fd = open("/proc/self/cmdline", O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	for (ssize_t i = 0; i + 1 < len; i++)
		if (!text[i])
			text[i] = ' ';
	printf("# args %s\n", text);
	return run_pass(s);
}

/* Changes the machine, by its undo log, and is killed. */
static int run_undo(const struct stub *s)
{
	char path[4096], boot[37] = "";
	int id = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	FILE *log;

	if (id < 0 || read(id, boot, sizeof(boot) - 1) < 0)
		return 99;
	close(id);
	snprintf(path, sizeof(path), "%s/undo/%d.log", getenv("LOSTWRITE_STATE"), getpid());
	log = fopen(path, "w");
	if (!log)
		return 99;
	fprintf(log, "lostwrite-undo 1 %d 1 %s stub\nunlink\t%s/changed\n", getpid(), boot,
		getenv("LOSTWRITE_STATE"));
	fclose(log);
	snprintf(path, sizeof(path), "%s/changed", getenv("LOSTWRITE_STATE"));
	close(open(path, O_WRONLY | O_CREAT, 0600));
	return run_signal(s);
}

static void describe_garbage(void)
{
	puts("this is no JSON");
}

static void describe_exit(void)
{
	exit(3);
}

static void describe_name(void)
{
	puts("{\"name\": \"stub-other\", \"kind\": \"stub\", \"summary\": \"\"}");
}

#define NEEDS                                                                                 \
	"\"needs\": [{\"name\": \"swap\", \"ok\": false, \"reason\": \"no swap is active\", " \
	"\"remedy\": \"swapon a file\"}]"

#define CANNOT                                                            \
	"\"cannot\": [{\"pattern\": \"hugetlb.swapped\", \"cells\": 12, " \
	"\"reason\": \"hugetlb pages are not reclaimed\"}]"

static const struct stub stubs[] = {
	{ .name = "stub-pass", .run = run_pass, .describe = "\"needs\": []" },
	{ .name = "stub-pass2", .run = run_pass },
	{ .name = "stub-corrupt", .run = run_corrupt },
	{ .name = "stub-open",
	  .run = run_open,
	  .cell_members = ", \"open\": \"since 6.12, no fix known\"" },
	{ .name = "stub-fixed",
	  .run = run_pass,
	  .cell_members = ", \"open\": \"since 6.12, no fix known\"" },
	{ .name = "stub-hazard", .run = run_hazard },
	{ .name = "stub-skip", .run = run_skip, .describe = NEEDS },
	{ .name = "stub-skip2", .run = run_skip, .describe = NEEDS },
	{ .name = "stub-late", .run = run_late },
	{ .name = "stub-inconclusive", .run = run_inconclusive },
	{ .name = "stub-broken", .run = run_broken },
	{ .name = "stub-multi", .run = run_multi, .cells = "abc" },
	{ .name = "stub-stall", .run = run_stall, .cells = "abcde" },
	{ .name = "stub-hang", .run = run_hang, .cells = "abc" },
	{ .name = "stub-panic", .run = run_fatal, .cells = "abc" },
	{ .name = "stub-reset", .run = run_fatal, .cells = "abc" },
	{ .name = "stub-eat", .run = run_fatal, .cells = "abc" },
	{ .name = "stub-freeze", .run = run_fatal, .cells = "abc" },
	{ .name = "stub-sigkill", .run = run_signal, .cells = "abc" },
	{ .name = "stub-sigsegv", .run = run_signal, .cells = "abc" },
	{ .name = "stub-endless", .run = run_endless, .cells = "ab" },
	{ .name = "stub-silent", .run = run_silent },
	{ .name = "stub-badktap", .run = run_badktap },
	{ .name = "stub-exitlie", .run = run_exitlie },
	{ .name = "stub-few", .run = run_few, .cells = "abc" },
	{ .name = "stub-twice", .run = run_twice },
	{ .name = "stub-unknown", .run = run_unknown },
	{ .name = "stub-escape", .run = run_escape },
	{ .name = "stub-slow", .run = run_slow },
	{ .name = "stub-slow2", .run = run_slow },
	{ .name = "stub-slow3", .run = run_slow },
	{ .name = "stub-spawn", .run = run_spawn },
	{ .name = "stub-bomb", .run = run_bomb },
	{ .name = "stub-warn", .run = run_warn },
	{ .name = "stub-expect",
	  .run = run_warn,
	  .describe = "\"expect_log\": [\"a_fake_of_the_runner\"]" },
	{ .name = "stub-taint", .run = run_taint },
	{ .name = "stub-eio", .run = run_eio },
	{ .name = "stub-loud", .run = run_loud },
	{ .name = "stub-args", .run = run_args },
	{ .name = "stub-rules", .run = run_pass, .describe = CANNOT },
	{ .name = "stub-undo", .run = run_undo, .cells = "abc" },
	{ .name = "stub-twin-a", .run = run_pass },
	{ .name = "stub-twin-b", .run = run_pass },
	{ .name = "stub-describe-bad", .odd_describe = describe_garbage },
	{ .name = "stub-describe-exit", .odd_describe = describe_exit },
	{ .name = "stub-describe-hang", .odd_describe = sleep_for_ever },
	{ .name = "stub-describe-name", .odd_describe = describe_name },
	{ .name = NULL },
};

static void describe(const struct stub *s)
{
	const char *comma = "";

	if (s->odd_describe) {
		s->odd_describe();
		return;
	}
	printf("{\"name\": \"%s\", \"kind\": \"stub\", \"summary\": \"a stub\", \"seconds\": 1, "
	       "\"tags\": [\"stub\", \"%s\"], \"needs\": [], ",
	       s->name, s->cells ? "many" : "single");
	if (s->describe)
		printf("%s, ", s->describe);
	if (strstr(s->name, "twin")) {
		puts("\"cells\": [{\"id\": \"stub-twin\"}]}");
		return;
	}
	printf("\"cells\": [");
	for (const char *c = s->cells ? s->cells : " "; *c; c++) {
		printf("%s{\"id\": \"%s%s%.*s\"%s}", comma, s->name, s->cells ? "." : "",
		       s->cells ? 1 : 0, c, s->cell_members ? s->cell_members : "");
		comma = ", ";
	}
	puts("]}");
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const struct stub *s = stubs;
	char *cells[16];

	while (s->name && strcmp(s->name, name))
		s++;
	if (!s->name) {
		fprintf(stderr, "stub: no such behaviour: '%s'\n", name);
		return 64;
	}
	wanted = cells;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--describe")) {
			describe(s);
			return 0;
		}
		if (!strcmp(argv[i], "--cell") && i + 1 < argc && n_wanted < 16)
			cells[n_wanted++] = argv[++i];
	}
	return s->run(s);
}
