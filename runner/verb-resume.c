// SPDX-License-Identifier: GPL-2.0-or-later
#include "known.h"
#include "mem.h"
#include "opt.h"
#include "pick.h"
#include "record.h"
#include "resume.h"
#include "run.h"
#include "rundir.h"
#include "suite.h"
#include "text.h"
#include "verb-run.h"
#include "verb.h"

#include <stdlib.h>

static const char resume_help[] =
	"usage: @ resume [DIR] [--for DURATION] [--verbose]\n\n"
	"Goes on with a run that was interrupted, killed, or cut off by a panic or a power cut,\n"
	"in its own directory (default: the latest), with its cases, options and seed. The case\n"
	"that was running gets the verdict crashed and is not run again.\n\n"
	"  --for DURATION   this much more time; the default is what the run had left\n"
	"  --verbose        show what the programs say\n\n"
	"Exit: as of 'run'; 2 when there is nothing to go on with, 64 usage.\n\n"
	"  @ resume\n"
	"  @ resume results/20261120T201500Z-6.12.57-lab3 --for 1h\n";

/* The words with which the run was started. */
static char **words_of(const struct record *r, int *argc)
{
	const json_t *list = json_object_get(r->run, "argv");
	char **argv = mem_zero(json_array_size(list) + 1, sizeof(*argv));

	*argc = json_array_size(list);
	for (int i = 0; i < *argc; i++)
		argv[i] = mem_copy(json_string_value(json_array_get(list, i)));
	return argv;
}

/* Takes over RECORD and DIR. */
static int go_on(struct record *record, char *dir, unsigned int more, bool verbose)
{
	struct run_options opt;
	struct suite *suite;
	const char *match;
	int argc, code;
	char **argv = words_of(record, &argc);

	optind = 0; /* getopt(3): another argv */
	match = verb_run_parse(argc, argv, &opt);
	opt.seed = json_integer_value(json_object_get(record->run, "seed"));
	opt.verbose |= verbose;
	if (more)
		opt.total = more;
	else
		opt.spent = record->spent + record->part;
	suite = pick_suite("run: --match", match, &code);
	if (suite) {
		code = run_resume(suite, &opt, record, dir);
		suite_free(suite);
	} else {
		record_free(record);
		free(dir);
	}
	known_free(opt.known);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	free((void *)argv);
	return code;
}

static int resume_verb(const struct verb *v, int argc, char **argv)
{
	static const struct option resume_options[] = { { "for", required_argument, NULL, 'f' },
							{ "verbose", no_argument, NULL, 'v' },
							{ NULL, 0, NULL, 0 } };
	unsigned int more = 0;
	bool verbose = false;
	struct record record = { 0 };
	char *dir, *why = NULL;
	int c;

	while ((c = verb_option(v, argc, argv, resume_options)) != -1)
		if (c == 'v')
			verbose = true;
		else
			more = opt_duration("resume: --for", optarg, VERB_RUN_FOR_MAX);
	dir = verb_directory(argc, argv);
	verb_no_more(v, argc, argv);
	if (rundir_lock(&why) && resume_read(&record, dir, &why))
		return go_on(&record, dir, more, verbose);
	record_free(&record);
	free(dir);
	return text_refuse(why);
}

const struct verb verb_resume = { "resume", "go on with a run that was cut off", resume_help,
				  resume_verb };
