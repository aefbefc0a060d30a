/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refuse: one line on stderr about what cannot be done, behind the program's name. */
#ifndef LOSTWRITE_REFUSE_H
#define LOSTWRITE_REFUSE_H

#include <stdbool.h>

/* False, for `return refuse("no %s", what);`. */
__attribute__((format(printf, 1, 2))) bool refuse(const char *fmt, ...);

#endif
