// SPDX-License-Identifier: GPL-2.0-or-later
#include "known.h"
#include "mem.h"
#include "only.h"
#include "opt.h"
#include "pick.h"
#include "profile.h"
#include "run.h"
#include "rundir.h"
#include "suite.h"
#include "text.h"
#include "verb.h"
#include "verb-run.h"

#include <sys/random.h>

#define SECONDS_MAX 86400
#define ROUNDS_MAX  1000000000

static const char run_help[] =
	"usage: @ run [quick|full|nightly] [OPTIONS]\n\n"
	"Runs the cases on the running kernel and says what they found.\n\n"
	"  quick            at most 2 minutes (the default)\n"
	"  full             at most 15 minutes\n"
	"  nightly          pass after pass, each with another seed, for 8 hours\n\n"
	"  --match EXPR     only these cases\n"
	"  --for DURATION   another total time: 30s, 5m, 8h\n"
	"  --seconds N      N seconds for each program instead of its own bound\n"
	"  --rounds N       N rounds for each program\n"
	"  --seed N         the seed of the first pass; the default is random\n"
	"  --shard N/M      only the N-th of M parts; see 'shard'\n"
	"  --times DIR      how long each case takes, for --shard: a run directory\n"
	"  --results DIR    where run directories go ($LOSTWRITE_RESULTS; see lostwrite(1))\n"
	"  --history FILE   add what it found to FILE, see 'history'\n"
	"  --known FILE     cases known to be bad here: lines of GLOB REASON\n"
	"  --strict         known, open and hazard cases count as new ones\n"
	"  --bisect[=crash] exit as a step of 'git bisect run' must: 0 good, 1 lost bytes (with\n"
	"                   crash: or a crash), 125 cannot tell, 128 stop\n"
	"  --verbose        show what the programs say\n\n" PICK_HELP
	"\nExit: 0 a pass and nothing worse, 1 corrupt, crashed or a kernel fault, 2 a test was\n"
	"broken, 3 nothing selected, 77 nothing conclusive, 64 usage, 130 interrupted.\n\n"
	"  @ run\n"
	"  @ run --bisect --match dirty-cow --seconds 20\n"
	"  @ run full --match 'uring* and not swap'\n"
	"  @ run nightly --for 6h --known known.txt --results /var/lab\n"
	"  @ run --match uring-fixed-clean-page.control --seed 7 --verbose\n";

enum {
	MATCH = 256,
	FOR,
	SECONDS,
	ROUNDS,
	SEED,
	SHARD,
	TIMES,
	RESULTS,
	HISTORY,
	KNOWN,
	STRICT,
	BISECT,
	VERBOSE
};

const struct option verb_run_options[] = {
	{ "match", required_argument, NULL, MATCH },
	{ "for", required_argument, NULL, FOR },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "rounds", required_argument, NULL, ROUNDS },
	{ "seed", required_argument, NULL, SEED },
	{ "shard", required_argument, NULL, SHARD },
	{ "times", required_argument, NULL, TIMES },
	{ "results", required_argument, NULL, RESULTS },
	{ "history", required_argument, NULL, HISTORY },
	{ "known", required_argument, NULL, KNOWN },
	{ "strict", no_argument, NULL, STRICT },
	{ "bisect", optional_argument, NULL, BISECT },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ NULL, 0, NULL, 0 },
};

/* Short enough to be typed again. */
static uint64_t random_seed(void)
{
	uint32_t seed = 1;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 1;
	return seed >> 8;
}

static void take_option(struct run_options *opt, const char **match, int c)
{
	switch (c) {
	case MATCH:
		*match = optarg;
		break;
	case FOR:
		opt->total = opt_duration("run: --for", optarg, VERB_RUN_FOR_MAX);
		break;
	case SECONDS:
		opt->seconds = opt_number("run: --seconds", optarg, 1, SECONDS_MAX);
		break;
	case ROUNDS:
		opt->rounds = opt_number("run: --rounds", optarg, 1, ROUNDS_MAX);
		break;
	case SEED:
		opt->seed = opt_number("run: --seed", optarg, 0, INT64_MAX);
		break;
	case SHARD:
		shard_parse("run: --shard", optarg, &opt->shard);
		break;
	case TIMES:
		opt->shard.times = optarg;
		break;
	case RESULTS:
		opt->results = optarg;
		break;
	case HISTORY:
		opt->history = optarg;
		break;
	case KNOWN:
		known_free(opt->known);
		opt->known = known_load(optarg);
		break;
	case STRICT:
		opt->strict = true;
		break;
	case BISECT:
		opt->bisect = answer_mode("run: --bisect", optarg);
		break;
	case VERBOSE:
		opt->verbose = true;
		break;
	}
}

const char *verb_run_parse(int argc, char **argv, struct run_options *opt)
{
	const char *match = NULL, *profile = "quick";
	int c;

	*opt = (struct run_options){
		.results = rundir_results(), .seed = random_seed(), .argc = argc, .argv = argv
	};
	while ((c = verb_option(&verb_run, argc, argv, verb_run_options)) != -1)
		take_option(opt, &match, c);
	if (optind < argc)
		profile = argv[optind++];
	verb_no_more(&verb_run, argc, argv);
	opt->profile = profile_find(profile);
	return match;
}

/* Of what is selected the shard's part, and of that what another runner has left. */
static int part(struct suite *suite, const struct run_options *opt)
{
	size_t selected = 0;
	char *why;

	if (!shard_apply(suite, &opt->shard, &why))
		return text_refuse(why);
	only_apply(suite);
	for (size_t i = 0; i < suite->n; i++)
		selected += suite_selected(&suite->programs[i]);
	if (selected)
		return run_suite(suite, opt);
	text_refuse(opt->shard.of ? mem_text("run: --shard %u/%u: nothing is left for it",
					     opt->shard.number, opt->shard.of)
				  : mem_text("run: $LOSTWRITE_ONLY names none of these cases"));
	return PICK_EXIT_NOTHING;
}

static int run_verb(const struct verb *v, int argc, char **argv)
{
	struct run_options opt;
	const char *match = verb_run_parse(argc, argv, &opt);
	struct suite *suite;
	int code;

	suite = pick_suite("run: --match", match, &code);
	if (suite) {
		code = part(suite, &opt);
		suite_free(suite);
	}
	known_free(opt.known);
	return code;
}

const struct verb verb_run = { "run", "run cases on this kernel (the default)", run_help, run_verb,
			       true };
