// SPDX-License-Identifier: GPL-2.0-or-later
#include "closing.h"
#include "merge.h"
#include "opt.h"
#include "record.h"
#include "report.h"
#include "res.h"
#include "rundir.h"
#include "term.h"
#include "text.h"
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char report_help[] =
	"usage: @ report [DIR]\n"
	"       @ report merge DIR... [--results DIR]\n\n"
	"Prints what a run found, and makes its summary.json, results.ktap, junit.xml, kcidb.json\n"
	"and report.html again, all from DIR/journal.jsonl alone (default: the latest run). What\n"
	"was running when the journal ends without its last line is reported as crashed.\n\n"
	"'merge' makes one run of several of the same kernel: of the parts that 'shard' gave to\n"
	"several machines, or of several nights.\n\n"
	"  --results DIR  where the merged run goes ($LOSTWRITE_RESULTS; see lostwrite(1))\n\n"
	"Exit: 0 the report was made, 2 it could not be, 64 usage.\n\n"
	"  @ report\n"
	"  @ report results/20261120T201500Z-6.12.57-lab3\n"
	"  @ report merge node*/results/latest\n";

static const char undo_help[] =
	"usage: @ undo\n\n"
	"Undoes what killed runs and programs left changed on this machine: swap files,\n"
	"knobs, cgroups and the processes in them. A run that is on is left alone.\n\n"
	"Exit: 0 all is as before, 2 something could not be undone, 64 usage.\n";

static const struct option no_options[] = { { NULL, 0, NULL, 0 } };

static int print_report(struct record *r, const char *dir)
{
	struct term term;
	char *why;

	term_init(&term);
	record_finish(r);
	text_header(r);
	text_table(&term, r);
	closing_print(r, dir);
	fflush(stdout);
	return report_write(r, dir, &why) ? 0 : text_refuse(why);
}

static int report_of(const char *dir)
{
	struct record record;
	char *why;
	int code = record_read(&record, dir, &why) ? print_report(&record, dir) : text_refuse(why);

	record_free(&record);
	return code;
}

static int merge(const char *results, int argc, char **argv)
{
	char *why, *dir;
	int code;

	if (optind == argc)
		opt_usage("report merge: run directories are expected; 'report --help' says more");
	dir = merge_runs(results, argv + optind, argc - optind, argv, &why);
	code = dir ? report_of(dir) : text_refuse(why);
	free(dir);
	return code;
}

static int report(const struct verb *v, int argc, char **argv)
{
	static const struct option options[] = { { "results", required_argument, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	const char *results = NULL;
	char *dir;
	int code;

	while (verb_option(v, argc, argv, options) != -1)
		results = optarg;
	if (optind < argc && !strcmp(argv[optind], "merge")) {
		optind++;
		return merge(results ? results : rundir_results(), argc, argv);
	}
	if (results)
		opt_usage("report: --results belongs to 'report merge'");
	dir = verb_directory(argc, argv);
	verb_no_more(v, argc, argv);
	code = report_of(dir);
	free(dir);
	return code;
}

static int undo(const struct verb *v, int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int steps;

	verb_option(v, argc, argv, no_options);
	verb_no_more(v, argc, argv);
	out = open_memstream(&text, &size);
	steps = res_undo_stale(out, stderr);
	fclose(out);
	fputs(size || steps ? text : "nothing to undo\n", stdout);
	free(text);
	return steps ? EXIT_BROKEN : 0;
}

const struct verb verb_report = { "report", "what a run found, made again from its journal",
				  report_help, report };
const struct verb verb_undo = { "undo", "put back what killed runs left changed", undo_help, undo };
