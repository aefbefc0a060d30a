/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lastlog: what the kernel said before the machine went down: from pstore (ramoops,
 * EFI, ERST), where systemd-pstore moves that, or the journal of that boot.
 */
#ifndef LOSTWRITE_LASTLOG_H
#define LOSTWRITE_LASTLOG_H

#include <jansson.h>
#include <time.h>

/*
 * The last lines, at most 100 strings; empty when nothing was kept. BOOT is the boot
 * id that /proc gave; dumps from before SINCE are of another crash.
 */
json_t *lastlog_read(const char *boot, time_t since);

#endif
