// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.h"

#include "opt.h"

#include <stddef.h>
#include <string.h>

static const struct profile profiles[] = {
	{ "quick", 120, false },
	{ "full", 900, false },
	{ "nightly", 8 * 3600, true },
};

#define PROFILES (sizeof(profiles) / sizeof(*profiles))

const struct profile *profile_find(const char *name)
{
	const char *names[PROFILES + 1] = { NULL }, *nearest;

	for (size_t i = 0; i < PROFILES; i++) {
		names[i] = profiles[i].name;
		if (!strcmp(name, names[i]))
			return &profiles[i];
	}
	nearest = opt_nearest(name, names);
	if (nearest)
		opt_usage("run: unknown profile '%.40s'; did you mean '%s'?", name, nearest);
	opt_usage("run: unknown profile '%.40s'; there are quick, full and nightly", name);
}

unsigned int profile_share(unsigned int wanted, double all, double left, bool stretch)
{
	double share = wanted;

	if (left < 0.5)
		return 0;
	if (all > left || (stretch && all > 0))
		share = wanted * left / all;
	return share < 1 ? 1 : share;
}
