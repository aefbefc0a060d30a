/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernels: a file that names kernels, as options of the verb vm. */
#ifndef LOSTWRITE_KERNELS_H
#define LOSTWRITE_KERNELS_H

/*
 * Calls ADD for each line 'deb WHICH', 'build TREE' or 'kernel IMAGE [MODULES]' of the file
 * PATH; '#' starts a comment line. A mistake is a usage error of OPTION.
 */
void kernels_read(const char *option, const char *path,
		  void (*add)(void *arg, const char *option, const char *value,
			      const char *modules),
		  void *arg);

#endif
