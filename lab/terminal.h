/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal: a guest whose console is ours: a shell to type into, or one command. */
#ifndef LOSTWRITE_TERMINAL_H
#define LOSTWRITE_TERMINAL_H

#include "boot.h"

/* The command's exit code, of a shell 0; else, after one line on stderr, EXIT_BROKEN; or 130. */
int terminal_run(const struct boot *b);

#endif
