/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order: the command line that a program gets. */
#ifndef LOSTWRITE_ORDER_H
#define LOSTWRITE_ORDER_H

#include <stdint.h>

struct turn;

/* The seed of T: each pass has another one. */
uint64_t order_seed(const struct turn *t);

/* A new array of new strings, ended by NULL. */
char **order_argv(const struct turn *t);

#endif
