// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A search as a program: FILE|- [--output FILE] [--from NAME] [--seconds N] [--inject KIND]
 * [--verbose]. It is a case program of one cell, so that swap is switched on once and the
 * machine is given back however it ends; stdout gets the result alone.
 */
#include "config.h"
#include "opt.h"
#include "hunt.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct hunt_options hunt_options = { .seconds = 60 };

static void one(int option, const char *help)
{
	switch (option) {
	case 'o':
		hunt_options.output = optarg;
		break;
	case 'f':
		hunt_options.from = optarg;
		break;
	case 's':
		hunt_options.seconds = opt_number("--seconds", optarg, 1, 86400);
		break;
	case 'i':
		hunt_options.inject = optarg;
		break;
	case 'v':
		hunt_options.verbose = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case 'V':
		puts("shrink (lostwrite) " PACKAGE_VERSION);
		exit(0);
	default:
		opt_usage("bad option; see --help");
	}
}

/* What the cell said, when it was not a pass: skip and broken name their reason. */
static void say_why(int ktap)
{
	static char text[16384];
	ssize_t got = pread(ktap, text, sizeof(text) - 1, 0);
	const char *mark;

	text[got > 0 ? got : 0] = '\0';
	mark = strstr(text, "# SKIP ");
	mark = mark ? mark + 7 : (mark = strstr(text, "# ERROR ")) ? mark + 8 : NULL;
	if (mark && !strncmp(mark, "inconclusive: ", 14))
		mark += 14;
	if (mark)
		fprintf(stderr, "shrink: %.*s\n", (int)strcspn(mark, "\n"), mark);
}

int hunt_main(int argc, char **argv, const char *help, struct case_info *info,
	      void (*load)(const char *path, struct case_info *info),
	      enum verdict (*run)(struct case_ctx *c))
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "from", required_argument, NULL, 'f' },
		{ "seconds", required_argument, NULL, 's' },
		{ "inject", required_argument, NULL, 'i' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	char inject[] = "--inject", *words[] = { argv[0], inject, NULL, NULL };
	int option, ktap, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		one(option, help);
	if (optind + 1 != argc)
		opt_usage("a file is expected, or - for standard input; see --help");
	load(argv[optind], info);
	hunt_options.out =
		hunt_options.output
			? open(hunt_options.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
			: dup(STDOUT_FILENO);
	if (hunt_options.out < 0)
		opt_usage("--output: %s: %s", hunt_options.output, strerror(errno));
	/* The scene is all that stdout gets; what the cell says is read again below. */
	ktap = memfd_create("ktap", MFD_CLOEXEC);
	if (ktap < 0 || dup2(ktap, STDOUT_FILENO) < 0)
		opt_usage("memfd_create: %s", strerror(errno));
	info->seconds = hunt_options.seconds + 120;
	optind = 1;
	words[2] = (char *)hunt_options.inject;
	if (!hunt_options.inject)
		words[1] = NULL;
	code = case_main(hunt_options.inject ? 3 : 1, words, info, run);
	fflush(stdout);
	if (code)
		say_why(ktap);
	return code;
}
