// SPDX-License-Identifier: GPL-2.0-or-later
/* history: hands over to the program that has SQLite. */
#include "helper.h"
#include "mem.h"
#include "places.h"
#include "text.h"
#include "verb.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int history(const struct verb *v, int argc, char **argv)
{
	char *path;

	if (!helper_exists("report/history"))
		return text_refuse(mem_text("history: this build has no SQLite; install "
					    "libsqlite3-dev (sqlite-devel) and build again"));
	path = places_file("report/history");
	argv[0] = path;
	execv(path, argv);
	return text_refuse(mem_text("%s: %s", path, strerror(errno)));
}

const struct verb verb_history = { "history", "how often each case was bad, over nights", NULL,
				   history };
