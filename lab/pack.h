/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pack: a kernel and an initramfs that do a run wherever somebody boots them. */
#ifndef LOSTWRITE_PACK_H
#define LOSTWRITE_PACK_H

#include "vm.h"

/* Writes O->write/kernel and O->write/initrd, and how to boot them. The exit code. */
int pack_run(const struct vm_options *o);

#endif
