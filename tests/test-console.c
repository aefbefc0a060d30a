// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept of a guest's console: the first fault, the panic, the last lines. */
#include "console.h"
#include "fault.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct console console;

static void says(const char *text)
{
	console_feed(&console, text, strlen(text));
}

static bool is(const char *found, const char *wanted)
{
	return found && !strcmp(found, wanted);
}

static void test_faults(void)
{
	console_init(&console);
	says("[    1.000000] BUG: Bad page map in process a\r\n[    1.1] BUG: another\r\n");
	ok(is(console.fault, "BUG: Bad page map in process a"),
	   "the first fault, without its time");
	console_mark(&console);
	ok(!console.fault, "a case that has ended took its fault with it");
	says("[    2.0] BUG: Bad page map in process b\n[    2.1] Kernel panic - not syncing: x\n");
	console_mark(&console);
	ok(is(console.fault, "BUG: Bad page map in process b") &&
		   is(console.panic, "Kernel panic - not syncing: x"),
	   "but not before a panic, whatever is read after it");
	console_free(&console);
}

static void test_tail(void)
{
	char path[] = "/tmp/lostwrite-test-XXXXXX", text[64], first[64] = "";
	unsigned int lines = 0;
	FILE *file;

	console_init(&console);
	for (int i = 0; i < CONSOLE_TAIL + 3; i++) {
		snprintf(text, sizeof(text), "line %d\n", i);
		says(text);
	}
	says("[    3.000000] --- [] ---\n");
	snprintf(text, sizeof(text), "line %d", CONSOLE_TAIL + 2);
	ok(is(console_last(&console), text), "the last line that says something");
	close(mkstemp(path));
	console_save_tail(&console, path);
	file = fopen(path, "re");
	while (file && fgets(text, sizeof(text), file))
		if (!lines++)
			memcpy(first, text, sizeof(first));
	if (file)
		fclose(file);
	snprintf(text, sizeof(text), "line %d\n", 4);
	ok(lines == CONSOLE_TAIL && !strcmp(first, text), "as many of the last lines as are kept");
	unlink(path);
	console_free(&console);
}

static void test_watchdogs(void)
{
	console_init(&console);
	says("[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [swapper/0:1]\n");
	says("[    1.0] BUG: workqueue lockup - pool cpus=0\n");
	ok(!console.fault && console.lockup && strstr(console.lockup, "CPU#0 stuck"),
	   "what a watchdog says is no other fault");
	console_free(&console);
	setenv("LOSTWRITE_EMULATED", "1", 1);
	ok(!fault_taint_bad(1 << 14) && fault_taint_bad(1 << 9),
	   "the taint of a soft lockup is no fault under emulation, others are");
	unsetenv("LOSTWRITE_EMULATED");
	ok(fault_taint_bad(1 << 14), "it is one on a machine");
}

int main(void)
{
	test_watchdogs();
	test_faults();
	test_tail();
	return done();
}
