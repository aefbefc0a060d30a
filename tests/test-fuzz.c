// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What strangers may hand us, damaged at random: nothing of it may crash us or be read
 * for what it is not. 100,000 inputs from a fixed seed (-n N, -s SEED for others); the
 * sanitizer builds run it, too.
 */
#include "config.h"
#include "expr.h"
#include "fuzz-scene.h"
#include "journal.h"
#include "ktap.h"
#include "lines.h"
#include "opt.h"
#include "record.h"
#include "report.h"
#include "rng.h"
#include "run.h"
#include "tap.h"
#include "verb-run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef LW_SANITIZED
#define ROUNDS 25000 /* eight times slower */
#else
#define ROUNDS 100000
#endif

#define SIZE_MAX_IN 8192

struct input {
	char text[SIZE_MAX_IN + 1];
	size_t len;
};

static struct rng rng;

/* --- seeds and words to damage them with --- */

static const char *const exprs[] = { "uring* and not swap", "(a or b) & !c,d | 'e'",
				     "matrix-coherence.anon4k.*.[a-z]?", "not not (x)", NULL };

static const char *const ktaps[] = {
	"KTAP version 1\n1..2\n# program a 1\n# seed 7\n# cell a.b\n# counter held 64\n"
	"# seconds 0.012\nok 1 a.b\n# cell a.c\n# corrupt page 17 of 256, +0x0..0xfff: generation "
	"41 by cpu, expected 42 by device (stale)\n# replay a --seed 7\nnot ok 2 a.c\n",
	"KTAP version 1\n1..3\nok 1 a # SKIP no swap; swapon a file\nnot ok 2 b # TODO open "
	"upstream: since 6.12\nnot ok 3 c # ERROR x.c:1: mmap\nBail out! gone\n",
	NULL
};

static const char *const journals[] = {
	"{\"event\":\"run\",\"version\":\"1\",\"kernel\":\"6.1\",\"host\":\"h\",\"boot_id\":\"0\","
	"\"profile\":\"quick\",\"seed\":7,\"strict\":false,\"argv\":[\"run\"],\"selection\":["
	"{\"program\":\"p\",\"path\":\"p\",\"tags\":[],\"cells\":[{\"id\":\"p.a\",\"missing\":[],"
	"\"open\":null,\"hazard\":null},{\"id\":\"p.b\",\"missing\":[{\"name\":\"swap\",\"reason\":"
	"\"none\",\"remedy\":\"swapon\"}]}]}],\"time\":\"2026-11-22T03:05:10.717Z\"}\n"
	"{\"event\":\"start\",\"program\":\"p\",\"pass\":1,\"argv\":[\"p\"],\"cells\":[\"p.a\","
	"\"p.b\"],\"seed\":7,\"seconds\":1}\n"
	"{\"event\":\"cell\",\"id\":\"p.a\",\"program\":\"p\",\"pass\":1}\n"
	"{\"event\":\"verdict\",\"id\":\"p.a\",\"program\":\"p\",\"pass\":1,\"verdict\":\"corrupt\","
	"\"seconds\":0.1,\"reason\":null,\"diagnosis\":\"page 1 (stale)\",\"class\":\"stale\","
	"\"replay\":\"p --seed 7\",\"counters\":{\"held\":3},\"known\":{\"kind\":\"open\","
	"\"reason\":\"r\"}}\n"
	"{\"event\":\"kernel\",\"id\":\"p.a\",\"program\":\"p\",\"pass\":1,\"fault\":\"BUG: x\","
	"\"lines\":[\"x\"]}\n"
	"{\"event\":\"program\",\"program\":\"p\",\"pass\":1,\"seconds\":0.2,\"exit\":1}\n"
	"{\"event\":\"resume\",\"boot_id\":\"1\",\"boot_id_before\":\"0\",\"case\":\"p.b\"}\n"
	"{\"event\":\"verdict\",\"id\":\"p.b\",\"program\":\"p\",\"pass\":1,\"verdict\":\"skip\","
	"\"seconds\":null,\"reason\":\"none\",\"counters\":{}}\n"
	"{\"event\":\"end\",\"exit\":0}\n",
	NULL
};

static const char *const scenes[] = {
	"map anon4k 64 # pages\npageout\nread\nhold uring-read\ndevice 2\nrelease\ncheck\n",
	"map memfd 16\nfork a\na: write 3 pages 0-7\na: check\na: exit\nwrite 4 sectors 8 9\ncheck\n",
	"map thp 512\ntrack uffd-wp\narm\nwrite 2 page 3\nmremap\nreport\nuntrack\n", NULL
};

static const char *const options[] = { "run\nfull\n--match\nuring* and not swap\n--for\n8h\n",
				       "run\n--seed\n7\n--rounds=9\n--seconds\n0x10\n--strict\n",
				       NULL };

static const char *const words[] = {
	"(",
	")",
	"'",
	"and",
	"not",
	"\n",
	"\n\n",
	"ok 1 ",
	"not ok ",
	" # SKIP ",
	"# cell ",
	"1..",
	"99999999999999999999",
	"-1",
	"0x",
	"\"",
	"{",
	"}",
	"[",
	"]",
	"null",
	":",
	"verdict",
	"resume",
	"map",
	"hold",
	"fork",
	"check",
	"sectors",
	"pages",
	"4294967296",
	"\xff\xfe",
	"\033[31m",
	"%s%n",
	"--match",
	"--for",
	"1e999",
	"\\u0000",
};
#define WORDS (sizeof(words) / sizeof(*words))

static void replace(struct input *in, size_t at, size_t gone, const char *text, size_t len)
{
	if (gone > in->len - at)
		gone = in->len - at;
	if (in->len - gone + len > SIZE_MAX_IN)
		return;
	memmove(in->text + at + len, in->text + at + gone, in->len - at - gone);
	memcpy(in->text + at, text, len);
	in->len += len - gone;
}

static void damage(struct input *in)
{
	size_t at = rng_below(&rng, in->len + 1);
	const char *word = words[rng_below(&rng, WORDS)];
	char byte = rng_below(&rng, 256), part[64];
	size_t len = rng_below(&rng, sizeof(part));

	switch (rng_below(&rng, 6)) {
	case 0:
		replace(in, at, 1, &byte, 1);
		break;
	case 1:
		replace(in, at, 0, word, strlen(word));
		break;
	case 2:
		replace(in, at, strlen(word), word, strlen(word));
		break;
	case 3:
		replace(in, at, len, "", 0);
		break;
	case 4: /* a piece of it again, somewhere */
		if (len > in->len - at)
			len = in->len - at;
		memcpy(part, in->text + at, len);
		replace(in, rng_below(&rng, in->len + 1), 0, part, len);
		break;
	default:
		in->len = at;
	}
}

static void make(struct input *in, const char *const *seeds)
{
	size_t n = 0;
	int rounds = rng_below(&rng, 6);

	while (seeds[n])
		n++;
	strcpy(in->text, seeds[rng_below(&rng, n)]);
	in->len = strlen(in->text);
	while (rounds-- >= 0)
		damage(in);
	in->text[in->len] = '\0';
}

/* --- what reads them --- */

static bool even(const char *glob, void *subject)
{
	return strlen(glob) % 2 == 0;
}

static bool fuzz_expr(struct input *in)
{
	char *why = NULL;
	struct expr *e = expr_parse(in->text, &why);
	bool ok = e ? !why : why && !strchr(why, '\n');

	if (e) {
		expr_match(e, even, NULL);
		expr_find(e, even, NULL);
		expr_free(e);
	}
	free(why);
	return ok;
}

static void one_line(void *ktap, char *line)
{
	struct ktap *k = ktap;

	if (ktap_line(k, line) == KTAP_RESULT) {
		ktap_class(k->diagnosis);
		ktap_next(k);
	}
}

static bool fuzz_ktap(struct input *in)
{
	struct lines lines = { 0 };
	struct ktap k;
	bool ok;

	ktap_init(&k);
	/* In pieces, as a pipe brings them. */
	for (size_t at = 0, len; at < in->len; at += len) {
		len = 1 + rng_below(&rng, 200);
		if (len > in->len - at)
			len = in->len - at;
		lines_feed(&lines, in->text + at, len, one_line, &k);
	}
	lines_end(&lines, one_line, &k);
	ok = k.results < 100;
	ktap_free(&k);
	return ok;
}

static bool take(void *record, json_t *event)
{
	return record_event(record, event);
}

static char journal_path[64];
static int journal_fd;

static bool read_journal(const char *text, size_t len, struct record *r, char **why)
{
	*why = NULL;
	record_init(r);
	if (ftruncate(journal_fd, 0) || pwrite(journal_fd, text, len, 0) != (ssize_t)len)
		abort();
	return journal_read(journal_path, take, r, why);
}

static bool write_reports(const struct record *r)
{
	static const char *const files[] = { "summary.json", "results.ktap", "kcidb.json",
					     "junit.xml", "report.html" };
	char dir[] = "/tmp/lostwrite-fuzz-XXXXXX", path[64], *why = NULL;
	bool ok;

	if (!mkdtemp(dir))
		abort();
	ok = report_write(r, dir, &why);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	free(why);
	return !rmdir(dir) && ok; /* and nothing else was made */
}

static bool fuzz_journal(struct input *in)
{
	static unsigned int n;
	struct record r;
	char *why;
	bool ok = read_journal(in->text, in->len, &r, &why);

	if (ok) {
		record_finish(&r);
		record_exit(&r);
		/* Files cost: not each time. */
		if (n++ % 100 == 0)
			ok = write_reports(&r);
	} else {
		ok = why && !strchr(why, '\n');
	}
	record_free(&r);
	free(why);
	return ok;
}

static bool fuzz_scene(struct input *in)
{
	return fuzz_scene_text(in->text);
}

/* Before the leak checker's own handler, which takes a tenth of a second. */
static void leave(void)
{
	_exit(OPT_EXIT_USAGE);
}

/* A mistake ends the program: in a child. Words are lines here. */
static bool fuzz_options(struct input *in)
{
	char *argv[32] = { NULL }, *save, verb[] = "run";
	struct run_options opt;
	int argc = 0, status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
			abort();
		atexit(leave);
		argv[argc++] = verb;
		for (char *w = strtok_r(in->text, "\n", &save); w && argc < 31;
		     w = strtok_r(NULL, "\n", &save))
			argv[argc++] = w;
		optind = 0;
		verb_run_parse(argc, argv, &opt);
		_exit(opt.profile && opt.total <= VERB_RUN_FOR_MAX ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && (!WEXITSTATUS(status) || WEXITSTATUS(status) == OPT_EXIT_USAGE);
}

static void fuzz(const char *what, unsigned long n, const char *const *seeds,
		 bool (*fn)(struct input *in))
{
	static struct input in, kept;
	unsigned long bad = 0;

	for (unsigned long i = 0; i < n; i++) {
		make(&in, seeds);
		kept = in;
		if (fn(&in))
			continue;
		if (!bad++)
			printf("# input %lu: %.300s\n", i, kept.text);
	}
	ok(!bad, "%lu damaged inputs: %s (%lu misread)", n, what, bad);
}

/* --- a journal cut off or damaged at each of its bytes --- */

static unsigned int verdicts(const struct record *r)
{
	unsigned int n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->cases[i].now != NULL;
	return n;
}

static unsigned int verdict_lines(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t at = 0; at < len; at++)
		if (text[at] == '\n')
			for (size_t from = at; from-- && text[from] != '\n';)
				n += !strncmp(text + from, "\"event\":\"verdict\"", 17);
	return n;
}

static void test_cut_off(void)
{
	const char *text = journals[0];
	size_t len = strlen(text), first = strchr(text, '\n') + 1 - text;
	unsigned int lost = 0, unread = 0;
	struct record r;
	char *why;

	for (size_t cut = 0; cut <= len; cut++) {
		if (!read_journal(text, cut, &r, &why)) {
			unread += cut >= first;
		} else {
			/* A line that lacks only its newline is whole. */
			lost += verdicts(&r) < verdict_lines(text, cut);
			record_finish(&r);
		}
		record_free(&r);
		free(why);
	}
	ok(!unread, "a journal of %zu bytes cut off at each: readable (%u are not)", len, unread);
	ok(!lost, "no finished verdict is lost (%u are)", lost);
}

static void test_flipped(void)
{
	static struct input in;
	bool good = true;

	for (size_t at = 0; at < strlen(journals[0]); at++)
		for (int bit = 0; bit < 8; bit++) {
			strcpy(in.text, journals[0]);
			in.len = strlen(in.text);
			in.text[at] ^= 1 << bit;
			good &= fuzz_journal(&in);
		}
	ok(good, "each bit of it flipped: read, or refused in one line");
}

int main(int argc, char **argv)
{
	unsigned long n = ROUNDS;
	uint64_t seed = 1;
	int c;

	while ((c = getopt(argc, argv, "n:s:")) != -1)
		if (c == 'n')
			n = opt_number("-n", optarg, 100, 1000000000);
		else
			seed = opt_number("-s", optarg, 0, UINT64_MAX);
	rng = rng_make(seed, 0);
	journal_fd = memfd_create("journal", MFD_CLOEXEC);
	snprintf(journal_path, sizeof(journal_path), "/proc/self/fd/%d", journal_fd);
	fuzz("options", n / 20, options, fuzz_options); /* forks: while there is little memory */
	test_cut_off();
	test_flipped();
	fuzz("match expressions", n / 4, exprs, fuzz_expr);
	fuzz("what programs print", n / 4, ktaps, fuzz_ktap);
	fuzz("journals", n / 5, journals, fuzz_journal);
	fuzz("scenes", n / 4, scenes, fuzz_scene);
	return done();
}
