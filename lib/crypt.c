// SPDX-License-Identifier: GPL-2.0-or-later
#include "crypt.h"
#include "fail.h"

#include <errno.h>
#include <linux/if_alg.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_ALG
#define SOL_ALG 279
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* --- AF_ALG --- */

static int alg_open(void)
{
	struct sockaddr_alg cipher = { .salg_family = AF_ALG,
				       .salg_type = "skcipher",
				       .salg_name = "ecb(aes)" };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), operation = -1, saved;

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&cipher, sizeof(cipher)) &&
	    !setsockopt(fd, SOL_ALG, ALG_SET_KEY, "lostwrite-secret", 16))
		operation = accept(fd, NULL, NULL);
	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return operation;
}

bool crypt_alg_possible(char *why, size_t size)
{
	int fd = alg_open();

	if (fd < 0)
		snprintf(why, size, "AF_ALG with ecb(aes): %s", strerror(errno));
	else
		close(fd);
	return fd >= 0;
}

const char *crypt_alg_remedy(void)
{
	return "use a kernel with CONFIG_CRYPTO_USER_API_SKCIPHER (modprobe algif_skcipher)";
}

static void alg_send(int fd, unsigned int operation, const void *bytes, size_t len)
{
	char control[CMSG_SPACE(sizeof(operation))] = { 0 };
	struct iovec vec = { (void *)bytes, len };
	struct msghdr head = { .msg_iov = &vec,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&head);

	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_OP;
	c->cmsg_len = CMSG_LEN(sizeof(operation));
	memcpy(CMSG_DATA(c), &operation, sizeof(operation));
	if (sendmsg(fd, &head, 0) != (ssize_t)len)
		fail("AF_ALG: sending %zu bytes", len);
}

int crypt_alg_ready(const void *bytes, size_t len)
{
	int encrypt = alg_open(), decrypt = alg_open();
	char *secret = malloc(len);

	if (encrypt < 0 || decrypt < 0 || !secret)
		fail("AF_ALG");
	alg_send(encrypt, ALG_OP_ENCRYPT, bytes, len);
	if (read(encrypt, secret, len) != (ssize_t)len)
		fail("AF_ALG: encrypting %zu bytes", len);
	close(encrypt);
	alg_send(decrypt, ALG_OP_DECRYPT, secret, len);
	free(secret);
	return decrypt;
}

/* --- kTLS --- */

static bool connect_over_loopback(int ends[2])
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *address = (struct sockaddr *)&here;
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ends[1] = -1;
	ok = listener >= 0 && ends[0] >= 0 && !bind(listener, address, size) &&
	     !listen(listener, 1) && !getsockname(listener, address, &size) &&
	     !connect(ends[0], address, size) && (ends[1] = accept(listener, NULL, NULL)) >= 0;
	if (listener >= 0)
		close(listener);
	return ok;
}

static bool tls_open(int ends[2])
{
	struct tls12_crypto_info_aes_gcm_128 secret = {
		.info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 },
		.key = "lostwrite-secre",
	};

	return connect_over_loopback(ends) &&
	       !setsockopt(ends[0], SOL_TCP, TCP_ULP, "tls", sizeof("tls")) &&
	       !setsockopt(ends[1], SOL_TCP, TCP_ULP, "tls", sizeof("tls")) &&
	       !setsockopt(ends[0], SOL_TLS, TLS_TX, &secret, sizeof(secret)) &&
	       !setsockopt(ends[1], SOL_TLS, TLS_RX, &secret, sizeof(secret));
}

bool crypt_tls_possible(char *why, size_t size)
{
	int ends[2];
	bool ok = tls_open(ends);

	if (!ok)
		snprintf(why, size, "kernel TLS over loopback: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return ok;
}

const char *crypt_tls_remedy(void)
{
	return "use a kernel with CONFIG_TLS (modprobe tls) and AES-GCM (modprobe gcm)";
}

void crypt_tls_open(int ends[2])
{
	if (!tls_open(ends))
		fail("kernel TLS over loopback");
}

void crypt_tls_send(const int ends[2], const void *bytes, size_t len)
{
	struct pollfd ready = { .fd = ends[1], .events = POLLIN };

	if (send(ends[0], bytes, len, 0) != (ssize_t)len)
		fail("sending a TLS record of %zu bytes", len);
	if (poll(&ready, 1, 10000) != 1)
		fail("no TLS record arrived");
}
