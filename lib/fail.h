/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail: ends a case as *broken* when something that cannot sensibly fail did.
 * It is the test's fault, never the kernel's. A call whose failure is the test
 * stays raw in the case.
 */
#ifndef LOSTWRITE_FAIL_H
#define LOSTWRITE_FAIL_H

/*
 * "lib/map.c:41: mmap of 64 pages: Cannot allocate memory". The text after the
 * last colon is errno's, left out when errno is 0.
 */
#define fail(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

__attribute__((noreturn, format(printf, 3, 4))) void fail_at(const char *file, int line,
							     const char *fmt, ...);

/* Where the message goes: case tells its supervisor. It must not return. */
extern void (*fail_handler)(const char *message);

#endif
