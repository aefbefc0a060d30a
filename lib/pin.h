/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin: ways to hold the pages of a buffer and to move bytes behind the CPU's
 * back. (O_DIRECT held in flight is hold.h.)
 *
 *	ring	an io_uring registered buffer: FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE
 *		from pin_register() to pin_unregister() (io_uring_register_buffers(3))
 *	aio	libaio: pages are held from submission to completion (io_submit(2))
 *	pipe	vmsplice(2): a page reference (FOLL_GET), no pin, until it is read
 *	send	MSG_ZEROCOPY, IORING_OP_SEND_ZC: references until the receiver has
 *		the bytes and the sender knows
 *	gup	gup_test's PIN_LONGTERM_TEST: the only long-term pin for reading
 *
 * Reads and writes give the bytes moved or -errno; a call that does not fit its
 * library's contract ends the case as broken. In a build without the library
 * the _possible() function says so and the rest ends the case as broken.
 */
#ifndef LOSTWRITE_PIN_H
#define LOSTWRITE_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

bool pin_uring_possible(char *why, size_t size);
const char *pin_uring_remedy(void);

struct pin_ring;
struct pin_ring *pin_ring_open(void);
void pin_ring_close(struct pin_ring *ring);

/*
 * Kernels refuse some memory: file pages, private mappings of them before 5.12.
 * 0, or the error when it is such a refusal; any other ends the case as broken.
 */
int pin_try_register(struct pin_ring *ring, void *buffer, size_t len);

/* The buffer's pages are pinned from here... */
void pin_register(struct pin_ring *ring, void *buffer, size_t len);
/* ... to here. */
void pin_unregister(struct pin_ring *ring);

/* Another buffer in its place: one that is being read into must stay pinned. Else as above. */
int pin_try_replace(struct pin_ring *ring, void *buffer, size_t len);

/* The buffer of FROM is one of TO as well, without another pin (6.12). 0 or the error. */
int pin_try_clone(struct pin_ring *to, const struct pin_ring *from);

/* READ_FIXED: the file's bytes go to LEN bytes at TO, inside the registered buffer. */
ssize_t pin_read_fixed(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset);
/* WRITE_FIXED: the other way. */
ssize_t pin_write_fixed(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset);

/* READ and WRITE, of memory that need not be registered. */
ssize_t pin_read_plain(struct pin_ring *ring, int fd, void *to, size_t len, off_t offset);
ssize_t pin_write_plain(struct pin_ring *ring, int fd, void *from, size_t len, off_t offset);

bool pin_aio_possible(char *why, size_t size);
const char *pin_aio_remedy(void);

struct pin_aio;
struct pin_aio *pin_aio_open(void);
void pin_aio_close(struct pin_aio *aio);
/* Submits one read or write; its pages are held until pin_aio_wait(). */
void pin_aio_read(struct pin_aio *aio, int fd, void *to, size_t len, off_t offset);
void pin_aio_write(struct pin_aio *aio, int fd, void *from, size_t len, off_t offset);
ssize_t pin_aio_wait(struct pin_aio *aio);
/* Is it through already? Takes the result if so. */
bool pin_aio_done(struct pin_aio *aio);

/*
 * A TCP connection to ourselves whose receiver takes nothing before
 * pin_receive(), so that what is sent without copying stays in its pages.
 */
bool pin_zerocopy_possible(char *why, size_t size);
const char *pin_zerocopy_remedy(void);
struct pin_send;
struct pin_send *pin_send_open(void);
void pin_send_close(struct pin_send *send);
int pin_send_socket(const struct pin_send *send);

/* Sends by MSG_ZEROCOPY. 0, or an error: refused for that memory, or it was copied at once. */
int pin_send_zerocopy(struct pin_send *send, const void *from, size_t len);
void pin_receive(struct pin_send *send, void *to, size_t len);

/* The same by IORING_OP_SEND_ZC (6.0), from a registered buffer if FIXED. EAGAIN: no room. */
bool pin_send_zc_possible(char *why, size_t size);
const char *pin_send_zc_remedy(void);
int pin_send_zc(struct pin_ring *ring, int fd, const void *from, size_t len, bool fixed);
/* Waits for the notification: nothing is held any more. */
void pin_send_zc_wait(struct pin_ring *ring);

bool pin_gup_possible(char *why, size_t size);
const char *pin_gup_remedy(void);

/* Pins LEN bytes (whole pages). 0, or the error when that memory is refused. */
int pin_gup_start(int *fd, void *at, size_t len, bool is_write, bool fast);
/* Copies all that is pinned to TO, as the pin sees it. */
void pin_gup_read(int fd, void *to);
void pin_gup_stop(int fd);

/* A pipe with room for LEN bytes of spliced pages: [0] to read, [1] to vmsplice into. */
void pin_pipe(int ends[2], size_t len);

#endif
