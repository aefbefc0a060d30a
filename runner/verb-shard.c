// SPDX-License-Identifier: GPL-2.0-or-later
/* shard: run with --shard. */
#include "mem.h"
#include "opt.h"
#include "verb-run.h"
#include "verb.h"

#include <stdlib.h>

static const char help[] =
	"usage: @ shard N/M [quick|full|nightly] [RUN-OPTIONS]\n\n"
	"Runs the N-th of M parts of the cases: 'run --shard N/M'. Each of M machines runs another\n"
	"part, about as long as the others', with the same words but for N; 'report merge' makes\n"
	"one report of what they found.\n\n"
	"  --times DIR  a run that tells how long each case takes, the same on all machines;\n"
	"               the default is what the programs ask for\n\n"
	"Exit: that of 'run'; 3 when the part is empty.\n\n"
	"  @ shard 2/5 full --times results/20261120T201500Z-6.12.57-lab3\n"
	"  @ report merge node*/results/latest\n";

static int shard(const struct verb *v, int argc, char **argv)
{
	static char run[] = "run", option[] = "--shard";
	char **words = mem_zero(argc + 2, sizeof(*words));
	int code;

	if (argc < 2 || *argv[1] == '-') {
		verb_option(v, argc, argv, verb_run_options);
		opt_usage("shard: N/M is expected, such as 2/5; 'shard --help' says more");
	}
	words[0] = run;
	words[1] = option;
	for (int i = 1; i < argc; i++)
		words[i + 1] = argv[i];
	code = verb_run.run(&verb_run, argc + 1, words);
	free(words);
	return code;
}

const struct verb verb_shard = { "shard", "run one of several parts of the cases", help, shard };
