/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge: what it means for a program's cells how the program ended. */
#ifndef LOSTWRITE_JUDGE_H
#define LOSTWRITE_JUDGE_H

struct turn;

/* Gives the cells that have none their verdict, and breaks those of a program that lied. */
void judge_end(struct turn *t);

#endif
