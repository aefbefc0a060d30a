/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plain: what a dying kernel said, to be compared with what another one said. */
#ifndef LOSTWRITE_PLAIN_H
#define LOSTWRITE_PLAIN_H

/* TEXT as a new string, its beginning without numbers: they differ from crash to crash. */
char *plain_text(const char *text);

#endif
