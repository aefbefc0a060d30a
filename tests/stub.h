/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stub: what the programs of tests/stub.c are made of. */
#ifndef LOSTWRITE_TESTS_STUB_H
#define LOSTWRITE_TESTS_STUB_H

#include <stdbool.h>

struct stub {
	const char *name;
	int (*run)(const struct stub *s);
	const char *cells;	  /* below its name, or NULL: just one */
	const char *describe;	  /* more members */
	const char *cell_members; /* more members of each cell */
	void (*odd_describe)(void);
};

/* The cells that --cell named, ALL when it named none. */
int stub_count(int all);
bool stub_is_wanted(const char *id);

void stub_plan(int n);
void stub_cell(const char *id);

/* All that a program of one cell says, BEFORE its result among it; returns CODE. */
int stub_one(const struct stub *s, const char *before, const char *ok, const char *directive,
	     int code);

__attribute__((noreturn)) void stub_sleep(void);

int stub_pass(const struct stub *s);
int stub_skip(const struct stub *s);
int stub_signal(const struct stub *s);

/* stub-machine.c */
int stub_fatal(const struct stub *s);
int stub_spawn(const struct stub *s);
int stub_bomb(const struct stub *s);
int stub_warn(const struct stub *s);
int stub_lockup(const struct stub *s);
int stub_taint(const struct stub *s);
int stub_loud(const struct stub *s);
int stub_eio(const struct stub *s);
int stub_undo(const struct stub *s);

#endif
