// SPDX-License-Identifier: GPL-2.0-or-later
#include "arch.h"

#include <string.h>
#include <sys/utsname.h>

/*
 * Emulated, "rep stosb" and "rep movsb" go byte by byte: without ERMS and FSRM the
 * kernel clears and copies pages by words, several times as fast.
 */
static const struct arch table[] = {
	{ "x86_64", "qemu-system-x86_64", "qemu-system-x86", "pc", "max,la57=off,erms=off,fsrm=off",
	  "console=ttyS0 earlyprintk=serial,ttyS0,115200 edd=off", "arch/x86/boot/bzImage", 0x202,
	  "HdrS" },
	{ "aarch64", "qemu-system-aarch64", "qemu-system-arm", "virt", "max",
	  "console=ttyAMA0 earlycon", "arch/arm64/boot/Image", 56, "ARM\x64" },
};

#define ROWS (sizeof(table) / sizeof(*table))

const struct arch *arch_of_image(const unsigned char *head, size_t len)
{
	for (size_t i = 0; i < ROWS; i++)
		if (len >= table[i].magic_at + 4 &&
		    !memcmp(head + table[i].magic_at, table[i].magic, 4))
			return &table[i];
	return NULL;
}

const struct arch *arch_host(void)
{
	struct utsname uts;

	uname(&uts);
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(uts.machine, table[i].name))
			return &table[i];
	return NULL;
}
