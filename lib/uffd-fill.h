/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uffd-fill: userfaultfd that puts pages where there are none (ioctl_userfaultfd(2)):
 * UFFDIO_COPY, UFFDIO_ZEROPAGE, UFFDIO_CONTINUE and UFFDIO_MOVE.
 */
#ifndef LOSTWRITE_UFFD_FILL_H
#define LOSTWRITE_UFFD_FILL_H

#include <stdbool.h>
#include <stddef.h>

enum uffd_fill {
	UFFD_FILL_COPY, /* and ZEROPAGE */
	UFFD_FILL_CONTINUE,
	UFFD_FILL_MOVE
};

/* Does this kernel have it? False with the reason. */
bool uffd_fill_possible(enum uffd_fill how, char *why, size_t size);
const char *uffd_fill_remedy(enum uffd_fill how);

/*
 * A userfaultfd for [AT, AT + LEN), registered for faults on missing pages (for
 * CONTINUE: on pages that only the file has) and, if PROTECTS, on protected ones.
 * Closing it ends that.
 */
int uffd_fill_open(enum uffd_fill how, void *at, size_t len, bool protects);
void uffd_fill_register(int fd, enum uffd_fill how, void *at, size_t len, bool protects);

/* All of it or the case is broken. PROTECTED: the page is armed at once. */
void uffd_copy(int fd, void *to, const void *from, size_t len, bool protected);
void uffd_zero(int fd, void *at, size_t len);
void uffd_continue(int fd, void *at, size_t len, bool protected);

/*
 * The pages of FROM that went to TO. Those that are not there stay, and so do
 * those the kernel keeps (EBUSY): pinned ones and pages of several processes;
 * STEP bytes are passed over then. 6.12 never returns from moving a part of a large
 * folio that is pinned (mm/userfaultfd.c, move_pages(): it is not split, EAGAIN).
 */
size_t uffd_move(int fd, char *to, char *from, size_t len, size_t step);

#endif
