/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * res-backend: the ways in which a machine swaps, each made by us through the
 * undo log, on real files and devices. One at a time; res_undo_to() takes it
 * away again. What this kernel or machine lacks is refused with the reason.
 */
#ifndef LOSTWRITE_RES_BACKEND_H
#define LOSTWRITE_RES_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

struct res_backend {
	const char *name, *summary;
	bool (*make)(const char *option);
	const char *option;
	/* Makes the backend do behind our back what it does under load; NULL: nothing to do. */
	void (*shake)(void);
};

/* Ended by a NULL name. */
extern const struct res_backend res_backends[];

/* One more, which works until it is told to fail: all reads and writes, from then on. */
extern const struct res_backend res_failing;
bool res_failing_fails(bool fails);

/* Switches BACKEND on in place of the one before; what is on already stays. By the owner alone. */
bool res_backend_on(const struct res_backend *backend);

/* Pages that zswap has written back to the swap behind it, since boot; 0 where unknown. */
unsigned long res_zswap_written(void);

#endif
