/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisect-report: how a bisection ended: on the screen, and as a mail to whoever can repair it. */
#ifndef LOSTWRITE_BISECT_REPORT_H
#define LOSTWRITE_BISECT_REPORT_H

#include "bisect-drive.h"

struct bisection;

/* Something was found: the last lines, report.txt and git's log in X's directory. */
void bisect_report_write(struct bisection *x, enum bisect_outcome outcome);

/* Nothing was: one line on stderr. */
void bisect_report_refuse(struct bisection *x, enum bisect_outcome outcome);

#endif
