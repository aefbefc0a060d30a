// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scene: plays one scene from a file, as a case program of one cell.
 *
 *	scene FILE|- [OPTION...]	the options of lostwrite-case(7)
 *	scene --ops			the manual of all operations
 */
#include "load.h"
#include "opt.h"
#include "scene.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct scene scene;

static enum verdict run(struct case_ctx *c)
{
	enum verdict verdict = PASS;

	while (verdict == PASS && case_round(c))
		verdict = scene_play(c, &scene);
	return verdict;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "scene",
		.kind = "scene",
		.summary = "a scene from a file",
		.tags = "scene",
		.oracles = CASE_COHERENCE,
		.counters = { { "exposed" }, { "disturbed" }, { "checked", true } },
		.rounds = 1,
	};
	static char program[PATH_MAX];

	if (argc > 1 && !strcmp(argv[1], "--ops")) {
		scene_manual();
		return 0;
	}
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version"))) {
		snprintf(program, sizeof(program), "%s FILE|-", argv[0]);
		argv[0] = program;
		return case_main(argc, argv, &info, run);
	}
	if (argc < 2 || (*argv[1] == '-' && argv[1][1]))
		opt_usage("a scene file is expected, or - for standard input; --ops lists what it "
			  "may say");
	scene_load(argv[1], &scene);
	info.needs = scene.needs;
	/* What repeats it is the program and the file. */
	snprintf(program, sizeof(program), "%s %s", argv[0], argv[1]);
	argv[1] = program;
	return case_main(argc - 1, argv + 1, &info, run);
}
