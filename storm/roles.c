// SPDX-License-Identifier: GPL-2.0-or-later
#include "roles.h"
#include "fail.h"
#include "res.h"

int roles_scratch_file(int flags)
{
	int fd = res_scratch_file(flags);

	if (fd < 0)
		fail("a file in %s", res_scratch_dir());
	return fd;
}

void roles_open_devices(struct racer *a)
{
	for (unsigned int i = 0; i < storm_arenas(a->storm); i++)
		arena_device(storm_arena_of(a->storm, i));
}
