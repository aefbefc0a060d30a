// SPDX-License-Identifier: GPL-2.0-or-later
/* history: how often each case was bad, over all runs and kernels. A program of its own,
 * as only this verb needs SQLite. */
#include "db.h"
#include "mem.h"
#include "odds.h"
#include "opt.h"
#include "rundir.h"
#include "term.h"
#include "text.h"
#include "verb.h"

#include <dirent.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NIGHTS	     20
#define NIGHTS_JSON  1000
#define SHOWN	     40 /* rows without --all */
#define DEPTH	     3	/* RESULTS/LADDER/KERNEL/RUN */
#define EXIT_NO_CASE 3

static const char help[] =
	"usage: @ history [CASE-GLOB...] [--file FILE] [--kernel GLOB] [--all] [--json]\n"
	"       @ history import DIR... [--file FILE]\n\n"
	"How often each case was bad on each kernel, with the 95 % interval of that rate, since\n"
	"when, and in each of the last 20 nights. Without a glob: those that were bad at least once.\n"
	"'import' adds runs, or all runs in DIR; one that is there is not added twice.\n"
	"'run --history FILE' adds its own.\n\n"
	"  --file FILE    the SQLite file ($LOSTWRITE_HISTORY, else history.db beside the runs)\n"
	"  --kernel GLOB  only these kernels\n"
	"  --all          all rows; the default is the first 40\n"
	"  --json         as one JSON object, with 1000 nights each\n\n"
	"A night is a sign: . never bad, 1 to 8 bad in so many eighths, x always, - no verdict\n"
	"(bars on a terminal with UTF-8).\n\n"
	"Exit: 0 it was said, 2 the file or a run cannot be read, 3 no such case, 64 usage.\n\n"
	"  @ history import results\n"
	"  @ history 'uring-fixed-*' --kernel '6.1.*'\n";

struct print {
	struct db *db;
	struct term term;
	bool bars, all;
	size_t rows, flaky;
	json_t *json; /* or NULL */
};

/* Bad at some times and not at others, on one kernel. */
static bool is_flaky(const struct db_rate *r)
{
	return r->bad && r->bad < r->runs;
}

static char *kernel_name(const struct db_rate *r)
{
	return mem_text("%s%s%s%s", r->kernel, *r->accel ? " (" : "", r->accel,
			*r->accel ? ")" : "");
}

/* Eighths, rounded up: one of a thousand is not nothing. */
static int eighths(const struct db_night *n)
{
	return (n->bad * 8 + n->runs - 1) / n->runs;
}

static const char *sign(const struct db_night *n, bool bars)
{
	static const char *const text[] = { ".", "1", "2", "3", "4", "5", "6", "7", "x" };
	static const char *const bar[] = { "\u00b7", "\u2581", "\u2582", "\u2583", "\u2584",
					   "\u2585", "\u2586", "\u2587", "\u2588" };

	if (!n->runs)
		return "-";
	return (bars ? bar : text)[eighths(n)];
}

static void print_nights(const struct print *p, const struct db_rate *rate)
{
	struct db_night nights[NIGHTS];

	for (size_t i = db_nights(p->db, rate, nights, NIGHTS); i-- > 0;)
		fputs(sign(&nights[i], p->bars), stdout);
}

static void rate_text(char *text, size_t size, const struct db_rate *r)
{
	double low, high;

	if (!r->runs) {
		snprintf(text, size, "-");
		return;
	}
	odds_interval(r->bad, r->runs, &low, &high);
	snprintf(text, size, "%.3g %% (%.3g-%.3g)", 100.0 * r->bad / r->runs, 100 * low,
		 100 * high);
}

static void print_row(struct print *p, const struct db_rate *r)
{
	char *kernel = kernel_name(r), rate[60];

	if (p->rows == 1)
		printf("%-52s %-26s %7s %7s  %-22s %-10s  nights\n", "case", "kernel", "runs",
		       "bad", "rate (95 %)", "first bad");
	rate_text(rate, sizeof(rate), r);
	printf("%s%-52s %-26s %7lld %7lld  %-22s %-10.10s%s  ",
	       term_colour(&p->term, !r->bad	 ? TERM_PLAIN
				     : *r->known ? TERM_YELLOW
						 : TERM_RED),
	       r->id, kernel, r->runs, r->bad, rate, r->first_bad ? r->first_bad : "",
	       term_colour(&p->term, TERM_PLAIN));
	print_nights(p, r);
	printf("%s%s%s\n", is_flaky(r) ? "  flaky" : "", *r->known ? "  " : "", r->known);
	free(kernel);
}

static void add_row(struct print *p, const struct db_rate *r)
{
	struct db_night *nights = mem_zero(NIGHTS_JSON, sizeof(*nights));
	size_t n = db_nights(p->db, r, nights, NIGHTS_JSON);
	json_t *list = json_array();
	double low = 0, high = 1;

	if (r->runs)
		odds_interval(r->bad, r->runs, &low, &high);
	for (size_t i = n; i-- > 0;)
		json_array_append_new(list, json_pack("{ss ss sI sI}", "started", nights[i].started,
						      "verdict", verdict_name(nights[i].worst),
						      "runs", (json_int_t)nights[i].runs, "bad",
						      (json_int_t)nights[i].bad));
	json_array_append_new(p->json,
			      json_pack("{ss ss ss sI sI sf sf ss? ss sb so}", "id", r->id,
					"kernel", r->kernel, "accel", r->accel, "runs",
					(json_int_t)r->runs, "bad", (json_int_t)r->bad, "low", low,
					"high", high, "first_bad", r->first_bad, "known", r->known,
					"flaky", is_flaky(r), "nights", list));
	free(nights);
}

static void take(void *arg, const struct db_rate *r)
{
	struct print *p = arg;

	p->rows++;
	p->flaky += is_flaky(r);
	if (p->json)
		add_row(p, r);
	else if (p->all || p->rows <= SHOWN)
		print_row(p, r);
}

static void print_size(const struct print *p, const char *path)
{
	struct db_size size = db_size(p->db);

	printf("%lld run%s of %lld kernel%s, %.10s to %.10s: %s\n", size.runs,
	       size.runs == 1 ? "" : "s", size.kernels, size.kernels == 1 ? "" : "s",
	       *size.first ? size.first : "-", *size.last ? size.last : "-", path);
}

static void print_end(const struct print *p, bool only_bad)
{
	if (!p->all && p->rows > SHOWN)
		printf("and %zu more; --all shows them\n", p->rows - SHOWN);
	if (only_bad && !p->rows)
		puts("No case was ever bad.");
	else if (only_bad)
		printf("%zu row%s that %s bad at least once, %zu of them flaky\n", p->rows,
		       p->rows == 1 ? "" : "s", p->rows == 1 ? "was" : "were", p->flaky);
}

static int show(struct print *p, const char *path, char *const *globs, const char *kernel)
{
	bool only_bad = !*globs, ok = true;
	char *why;

	if (!p->json)
		print_size(p, path);
	if (only_bad)
		ok = db_rates(p->db, NULL, kernel, true, take, p, &why);
	for (; ok && *globs; globs++)
		ok = db_rates(p->db, *globs, kernel, false, take, p, &why);
	if (!ok)
		return text_refuse(why);
	if (p->json) {
		json_dumpf(p->json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		print_end(p, only_bad);
	}
	if (p->rows || only_bad)
		return 0;
	text_refuse(
		mem_text("no case in %s fits; '%s list' has their names", path, verb_program()));
	return EXIT_NO_CASE;
}

/* --- import --- */

static bool is_run(const char *dir)
{
	char *path = mem_text("%s/journal.jsonl", dir);
	bool is = !access(path, F_OK);

	free(path);
	return is;
}

/* Of several runs in a directory one that cannot be read does not keep the others out. */
static int import_run(struct db *db, const char *dir)
{
	struct record r;
	char *why;
	int added = -1;

	if (record_read(&r, dir, &why)) {
		record_finish(&r);
		added = db_add(db, &r, &why);
	}
	record_free(&r);
	if (added < 0)
		text_refuse(why);
	else
		printf("%s  %s\n", added ? "added      " : "was there  ", dir);
	return added;
}

static int no_links(const struct dirent *e)
{
	return *e->d_name != '.' && e->d_type != DT_LNK; /* `latest` */
}

/* Runs, and what has runs in it, such as a ladder. How many; *CODE is worst. */
static int import(struct db *db, const char *dir, int depth, int *code)
{
	struct dirent **entries;
	int n, runs = 0;

	if (is_run(dir)) {
		*code = import_run(db, dir) < 0 ? EXIT_BROKEN : *code;
		return 1;
	}
	n = depth ? scandir(dir, &entries, no_links, alphasort) : 0;
	for (int i = 0; i < n; i++) {
		char *path = mem_text("%s/%s", dir, entries[i]->d_name);

		runs += import(db, path, depth - 1, code);
		free(path);
		free(entries[i]);
	}
	if (n > 0)
		free(entries);
	return runs;
}

/* --- the verb --- */

static const struct verb self = { "history", NULL, help, NULL };

enum { FILE_OPTION = 256, KERNEL, ALL, JSON };

static const struct option options[] = {
	{ "file", required_argument, NULL, FILE_OPTION },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "all", no_argument, NULL, ALL },
	{ "json", no_argument, NULL, JSON },
	{ NULL, 0, NULL, 0 },
};

static char *default_file(void)
{
	const char *set = getenv("LOSTWRITE_HISTORY");

	return set && *set ? mem_copy(set) : mem_text("%s/history.db", rundir_results());
}

static int import_all(struct db *db, char *const *dirs)
{
	int code = 0;

	if (!*dirs)
		opt_usage("history import: a run directory, or one with runs in it, is expected");
	for (; *dirs; dirs++)
		if (!import(db, *dirs, DEPTH, &code))
			code = text_refuse(mem_text("%s: no run in it", *dirs));
	return code;
}

int main(int argc, char **argv)
{
	const char *program = verb_program(), *slash = strrchr(program, '/'), *kernel = NULL;
	struct print p = { 0 };
	char *file = default_file(), *why;
	bool importing;
	int c, code;

	setlocale(LC_CTYPE, "");
	program_invocation_short_name = (char *)(slash ? slash + 1 : program);
	term_init(&p.term);
	p.bars = p.term.tty && !strcmp(nl_langinfo(CODESET), "UTF-8");
	while ((c = verb_option(&self, argc, argv, options)) != -1)
		if (c == FILE_OPTION) {
			free(file);
			file = mem_copy(optarg);
		} else if (c == KERNEL) {
			kernel = optarg;
		} else if (c == ALL) {
			p.all = true;
		} else {
			p.json = json_array();
		}
	importing = optind < argc && !strcmp(argv[optind], "import");
	p.db = db_open(file, importing, &why);
	if (!p.db)
		code = text_refuse(why);
	else if (importing)
		code = import_all(p.db, argv + optind + 1);
	else
		code = show(&p, file, argv + optind, kernel);
	if (p.db)
		db_close(p.db);
	json_decref(p.json);
	free(file);
	return code;
}
