/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crypt: two sockets whose recv(2) does not copy. The kernel pins the pages of
 * the caller's buffer and decrypts straight into them, as a device would:
 *
 *	AF_ALG	crypto/af_alg.c, af_alg_get_rsgl()
 *	kTLS	net/tls/tls_sw.c, tls_setup_from_iter()
 *
 * These functions get the sockets ready; the recv() is the caller's.
 */
#ifndef LOSTWRITE_CRYPT_H
#define LOSTWRITE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>

#define CRYPT_RECORD 16384u /* the most of one TLS record */

bool crypt_alg_possible(char *why, size_t size);
const char *crypt_alg_remedy(void);

/* A socket from which one read of LEN bytes (whole 16s) gives BYTES, by decryption. */
int crypt_alg_ready(const void *bytes, size_t len);

bool crypt_tls_possible(char *why, size_t size);
const char *crypt_tls_remedy(void);

/* A TLS 1.2 connection to ourselves: [0] sends, [1] receives, both in the kernel. */
void crypt_tls_open(int ends[2]);

/* Sends one record of at most CRYPT_RECORD bytes and waits until it can be received. */
void crypt_tls_send(const int ends[2], const void *bytes, size_t len);

#endif
