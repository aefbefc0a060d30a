// SPDX-License-Identifier: GPL-2.0-or-later
#include "closing.h"
#include "opt.h"
#include "record.h"
#include "report.h"
#include "res.h"
#include "term.h"
#include "text.h"
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>

#define EXIT_BROKEN 2

static const char report_help[] =
	"usage: @ report [DIR]\n\n"
	"Prints what a run found, and makes its summary.json and results.ktap again, all from\n"
	"DIR/journal.jsonl alone (default: the latest run). What was running when the journal\n"
	"ends without its last line is reported as crashed.\n\n"
	"Exit: 0 the report was made, 2 it could not be, 64 usage.\n\n"
	"  @ report\n"
	"  @ report results/20261120T201500Z-6.12.57-lab3\n";

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

static int report(const struct verb *v, int argc, char **argv)
{
	struct record record;
	char *dir, *why;
	int code;

	verb_option(v, argc, argv, no_options);
	dir = verb_directory(argc, argv);
	verb_no_more(v, argc, argv);
	code = record_read(&record, dir, &why) ? print_report(&record, dir) : text_refuse(why);
	record_free(&record);
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
