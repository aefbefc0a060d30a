// SPDX-License-Identifier: GPL-2.0-or-later
/* scene: hands over to the program that plays one. */
#include "mem.h"
#include "places.h"
#include "text.h"
#include "verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: @ scene FILE|- [OPTIONS]\n"
	"       @ scene --ops\n\n"
	"Plays a scene: memory, who holds it, what disturbs it, and what must still be\n"
	"true, one operation a line. --ops lists them all. The options are those of every\n"
	"case program, see lostwrite-case(7).\n\n"
	"Exit: 0 pass, 1 corrupt, 2 inconclusive, 77 skip, 99 broken, 64 a bad scene.\n\n"
	"  @ scene bug.scene --verbose\n"
	"  printf 'map anon4k 16\\nhold uring\\nfork a\\nwrite 2\\ntake\\n' | @ scene -\n";

static int scene(const struct verb *v, int argc, char **argv)
{
	char *path = places_file("scene/scene");

	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		verb_print(v->help);
		return argc < 2 ? 64 : 0;
	}
	argv[0] = path;
	execv(path, argv);
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return EXIT_BROKEN;
}

const struct verb verb_scene = { "scene", "play a scene from a file", help, scene };
