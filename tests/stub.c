// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stub: programs for the tests of the runner. Under the name stub-pass it
 * passes, under stub-hang it hangs, and so on: one row of the table below a
 * name. It uses nothing of the suite on purpose.
 */
#include "stub.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *const *wanted; /* --cell */
static int n_wanted;

int stub_count(int all)
{
	return n_wanted ? n_wanted : all;
}

void stub_plan(int n)
{
	printf("KTAP version 1\n1..%d\n# program stub 1\n# seed 1\n", n);
}

void stub_cell(const char *id)
{
	printf("# cell %s\n", id);
	fflush(stdout);
}

int stub_one(const struct stub *s, const char *before, const char *ok, const char *directive,
	     int code)
{
	stub_plan(1);
	stub_cell(s->name);
	printf("# counter held 64\n# seconds 0.012\n%s%s 1 %s%s\n", before, ok, s->name, directive);
	return code;
}

int stub_pass(const struct stub *s)
{
	return stub_one(s, "# counter pages_checked 7\n", "ok", "", 0);
}

#define DIAGNOSIS                                                                             \
	"# corrupt page 17 of 256, +0x0..0xfff: generation 41 by cpu, expected 42 by device " \
	"(stale); 3 pages bad in round 42\n# replay stub --seed 7\n"

static int run_corrupt(const struct stub *s)
{
	return stub_one(s, DIAGNOSIS, "not ok", "", 1);
}

static int run_open(const struct stub *s)
{
	return stub_one(s, DIAGNOSIS, "not ok", " # TODO open upstream: since 6.12, no fix known",
			1);
}

static int run_hazard(const struct stub *s)
{
	return stub_one(s, DIAGNOSIS, "not ok", " # TODO hazard: open(2) NOTES, before 6.5", 1);
}

int stub_skip(const struct stub *s)
{
	return stub_one(s, "", "ok", " # SKIP no swap is active; swapon a file", 77);
}

static int run_late(const struct stub *s)
{
	return stub_one(s, "", "ok", " # SKIP not run: the program's 5 s are over", 77);
}

static int run_inconclusive(const struct stub *s)
{
	return stub_one(s, "", "ok", " # SKIP inconclusive: no page was swapped out", 2);
}

static int run_broken(const struct stub *s)
{
	return stub_one(s, "", "not ok", " # ERROR stub.c:1: mmap: Cannot allocate memory", 99);
}

bool stub_is_wanted(const char *id)
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

	stub_plan(stub_count(3));
	for (const char *c = s->cells; *c; c++) {
		snprintf(id, sizeof(id), "%s.%c", s->name, *c);
		if (!stub_is_wanted(id))
			continue;
		stub_cell(id);
		bad |= *c == 'b';
		printf("%s %d %s\n", *c == 'b' ? "not ok" : "ok", ++n, id);
	}
	return bad;
}

/* Passes a, starts b, and is gone. */
static void until_b(const struct stub *s)
{
	stub_plan(3);
	printf("# cell %s.a\nok 1 %s.a\n# cell %s.b\n", s->name, s->name, s->name);
	fflush(stdout);
}

void stub_sleep(void)
{
	for (;;)
		pause();
}

/* Hangs in its first cell. */
static int run_stall(const struct stub *s)
{
	char id[64];

	stub_plan(stub_count(strlen(s->cells)));
	snprintf(id, sizeof(id), "%s.%c", s->name, *s->cells);
	stub_cell(n_wanted ? wanted[0] : id);
	stub_sleep();
}

static int run_hang(const struct stub *s)
{
	signal(SIGTERM, SIG_IGN);
	until_b(s);
	stub_sleep();
}

int stub_signal(const struct stub *s)
{
	int number = strstr(s->name, "segv") ? SIGSEGV : SIGKILL;

	until_b(s);
	signal(number, SIG_DFL);
	kill(getpid(), number);
	stub_sleep();
}

/* Has said all it has to say, and does not stop. */
static int run_endless(const struct stub *s)
{
	stub_plan(2);
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
	return stub_pass(s);
}

static int run_exitlie(const struct stub *s)
{
	return stub_pass(s) + 1;
}

/* A skip, and nothing in its exit code. */
static int run_exitzero(const struct stub *s)
{
	return stub_skip(s) - 77;
}

/* Its results are all there, and one is not. */
static int run_plan(const struct stub *s)
{
	stub_plan(2);
	stub_cell(s->name);
	printf("ok 1 %s\n", s->name);
	return 0;
}

/* Has passed, and crashes on its way out. */
static int run_dies(const struct stub *s)
{
	stub_pass(s);
	fflush(stdout);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 99;
}

static int run_few(const struct stub *s)
{
	until_b(s);
	return 0;
}

static int run_twice(const struct stub *s)
{
	stub_plan(2);
	printf("ok 1 %s\nok 2 %s\n", s->name, s->name);
	return 0;
}

static int run_unknown(const struct stub *s)
{
	stub_plan(2);
	printf("ok 1 %s\nok 2 stub-nobody\n", s->name);
	return 0;
}

static int run_escape(const struct stub *s)
{
	return stub_one(s, "# corrupt \033[31mred\033[0m \xff\xfe bytes\007\n", "not ok", "", 1);
}

static int run_slow(const struct stub *s)
{
	usleep(700000);
	return stub_pass(s);
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
	return stub_pass(s);
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
	{ .name = "stub-pass", .run = stub_pass, .describe = "\"needs\": []" },
	{ .name = "stub-pass2", .run = stub_pass },
	{ .name = "stub-corrupt", .run = run_corrupt },
	{ .name = "stub-open",
	  .run = run_open,
	  .cell_members = ", \"open\": \"since 6.12, no fix known\"" },
	{ .name = "stub-fixed",
	  .run = stub_pass,
	  .cell_members = ", \"open\": \"since 6.12, no fix known\"" },
	{ .name = "stub-hazard", .run = run_hazard },
	{ .name = "stub-skip", .run = stub_skip, .describe = NEEDS },
	{ .name = "stub-skip2", .run = stub_skip, .describe = NEEDS },
	{ .name = "stub-late", .run = run_late },
	{ .name = "stub-inconclusive", .run = run_inconclusive },
	{ .name = "stub-broken", .run = run_broken },
	{ .name = "stub-multi", .run = run_multi, .cells = "abc" },
	{ .name = "stub-stall", .run = run_stall, .cells = "abcde" },
	{ .name = "stub-hang", .run = run_hang, .cells = "abc" },
	{ .name = "stub-panic", .run = stub_fatal, .cells = "abc" },
	{ .name = "stub-reset", .run = stub_fatal, .cells = "abc" },
	{ .name = "stub-eat", .run = stub_fatal, .cells = "abc" },
	{ .name = "stub-freeze", .run = stub_fatal, .cells = "abc" },
	{ .name = "stub-sigkill", .run = stub_signal, .cells = "abc" },
	{ .name = "stub-sigsegv", .run = stub_signal, .cells = "abc" },
	{ .name = "stub-endless", .run = run_endless, .cells = "ab" },
	{ .name = "stub-silent", .run = run_silent },
	{ .name = "stub-badktap", .run = run_badktap },
	{ .name = "stub-exitlie", .run = run_exitlie },
	{ .name = "stub-exitzero", .run = run_exitzero },
	{ .name = "stub-plan", .run = run_plan },
	{ .name = "stub-dies", .run = run_dies },
	{ .name = "stub-few", .run = run_few, .cells = "abc" },
	{ .name = "stub-twice", .run = run_twice },
	{ .name = "stub-unknown", .run = run_unknown },
	{ .name = "stub-escape", .run = run_escape },
	{ .name = "stub-slow", .run = run_slow },
	{ .name = "stub-slow2", .run = run_slow },
	{ .name = "stub-slow3", .run = run_slow },
	{ .name = "stub-spawn", .run = stub_spawn },
	{ .name = "stub-bomb", .run = stub_bomb },
	{ .name = "stub-warn", .run = stub_warn },
	{ .name = "stub-lockup", .run = stub_lockup },
	{ .name = "stub-lockup-hang", .run = stub_lockup },
	{ .name = "stub-expect",
	  .run = stub_warn,
	  .describe = "\"expect_log\": [\"a_fake_of_the_runner\"]" },
	{ .name = "stub-taint", .run = stub_taint },
	{ .name = "stub-eio", .run = stub_eio },
	{ .name = "stub-loud", .run = stub_loud },
	{ .name = "stub-args", .run = run_args },
	{ .name = "stub-rules", .run = stub_pass, .describe = CANNOT },
	{ .name = "stub-undo", .run = stub_undo, .cells = "abc" },
	{ .name = "stub-tail", .run = stub_pass },
	{ .name = "stub-twin-a", .run = stub_pass },
	{ .name = "stub-twin-b", .run = stub_pass },
	{ .name = "stub-describe-bad", .odd_describe = describe_garbage },
	{ .name = "stub-describe-exit", .odd_describe = describe_exit },
	{ .name = "stub-describe-hang", .odd_describe = stub_sleep },
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
