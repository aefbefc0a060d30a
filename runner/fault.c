// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault.h"

#include "file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * "traps: PROGRAM general protection fault" is a program's own fault: what
 * could also stand in the middle of a harmless line must start it.
 */
static const struct {
	const char *text;
	bool anywhere;
} patterns[] = {
	{ "WARNING: ", false },
	{ "BUG: ", false },
	{ "BUG ", false }, /* slub: "BUG kmalloc-64 (Not tainted): Redzone overwritten" */
	{ "kernel BUG at ", true },
	{ "Oops: ", false },
	{ "Internal error: ", false },
	{ "Unable to handle kernel ", false },
	{ "general protection fault", false },
	{ "double fault", false },
	{ "stack segment: ", false },
	{ "invalid opcode: ", false },
	{ "divide error: ", false },
	{ "Kernel panic - not syncing", false },
	{ "KASAN: ", true },
	{ "KFENCE: ", true },
	{ "KMSAN: ", true },
	{ "KCSAN: ", true },
	{ "UBSAN: ", false },
	{ "Bad page state", true },
	{ "Bad page map", true },
	{ "Bad page cache", true },
	{ "Bad rss-counter", true },
	{ "Bad swap ", true },
	{ "Unused swap ", true },
	{ "page dumped because", true },
	{ "refcount_t: ", false },
	{ "list_add corruption", false },
	{ "list_del corruption", false },
	{ "slab error in ", true },
	{ "INFO: possible recursive locking", false },
	{ "possible circular locking dependency", true },
	{ "inconsistent lock state", true },
	{ "suspicious RCU usage", true },
	{ "DEADLOCK", true },
	{ "stack-protector: ", false },
	{ "Memory failure: ", false },
	{ "Corrupted low memory", false },
	{ "MCE: Killing ", false },
};

/* What a watchdog says of a CPU or a task that made no step for too long. */
static const char *const lockups[] = {
	"detected stall", /* rcu: "INFO: rcu_preempt detected stalls on CPUs" */
	"self-detected stall", "soft lockup",		"hard LOCKUP",
	"workqueue lockup",    "blocked for more than",
};

/* What looks like a fault and is none: memory that goes offline says so of pages under I/O. */
static const char *const harmless[] = { "page dumped because: migration failure",
					"page dumped because: isolation failed" };

bool fault_lockup(const char *text)
{
	for (size_t i = 0; i < sizeof(lockups) / sizeof(*lockups); i++)
		if (strstr(text, lockups[i]))
			return true;
	return false;
}

bool fault_emulated(void)
{
	const char *emulated = getenv("LOSTWRITE_EMULATED");

	return emulated && *emulated;
}

bool fault_line(const char *text)
{
	const char *at;

	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (strstr(text, harmless[i]))
			return false;

	if (fault_lockup(text))
		return true;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		at = strstr(text, patterns[i].text);
		if (at && (at == text || patterns[i].anywhere))
			return true;
	}
	return false;
}

bool fault_oom(const char *text)
{
	return strstr(text, "Out of memory: Kill") || strstr(text, "out of memory: Kill");
}

unsigned long fault_taint(void)
{
	char *line = file_line("/proc/sys/kernel/tainted");
	unsigned long bits = line ? strtoul(line, NULL, 10) : 0;

	free(line);
	return bits;
}

/* Documentation/admin-guide/tainted-kernels.rst */
static const char letters[] = "PFSRMBUDAWCIOELKXTNJ";

unsigned long fault_taint_bad(unsigned long bits)
{
	unsigned long bad = 0;

	/* L comes with a soft lockup. */
	for (const char *l = fault_emulated() ? "MBDW" : "MBDWL"; *l; l++)
		bad |= 1ul << (strchr(letters, *l) - letters);
	return bits & bad;
}

const char *fault_taint_text(unsigned long bits)
{
	static char text[sizeof(letters)];
	size_t n = 0;

	for (size_t i = 0; letters[i]; i++)
		if (bits & (1ul << i))
			text[n++] = letters[i];
	text[n] = '\0';
	return text;
}
