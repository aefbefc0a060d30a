// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "fail.h"
#include "pin.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBAIO
#include <libaio.h>

struct pin_aio {
	io_context_t context;
	struct iocb request;
};

bool pin_aio_possible(char *why, size_t size)
{
	io_context_t context = NULL;
	int error = io_setup(1, &context);

	if (error) {
		snprintf(why, size, "io_setup: %s", strerror(-error));
		return false;
	}
	io_destroy(context);
	return true;
}

const char *pin_aio_remedy(void)
{
	return "use a kernel with CONFIG_AIO, and raise fs.aio-max-nr if it is used up";
}

struct pin_aio *pin_aio_open(void)
{
	struct pin_aio *aio = calloc(1, sizeof(*aio));

	errno = aio ? -io_setup(1, &aio->context) : ENOMEM;
	if (errno)
		fail("io_setup");
	return aio;
}

void pin_aio_close(struct pin_aio *aio)
{
	io_destroy(aio->context);
	free(aio);
}

static void submit(struct pin_aio *aio)
{
	struct iocb *list[1] = { &aio->request };
	int n = say(io_submit(aio->context, 1, list));

	errno = n < 0 ? -n : 0;
	if (n != 1)
		fail("io_submit of one request gave %d", n);
}

void pin_aio_read(struct pin_aio *aio, int fd, void *to, size_t len, off_t offset)
{
	io_prep_pread(&aio->request, fd, to, len, offset);
	submit(aio);
}

void pin_aio_write(struct pin_aio *aio, int fd, void *from, size_t len, off_t offset)
{
	io_prep_pwrite(&aio->request, fd, from, len, offset);
	submit(aio);
}

ssize_t pin_aio_wait(struct pin_aio *aio)
{
	struct io_event event;
	int n = io_getevents(aio->context, 1, 1, &event, NULL);

	errno = n < 0 ? -n : 0;
	if (n != 1)
		fail("io_getevents gave %d", n);
	return (long)event.res;
}

bool pin_aio_done(struct pin_aio *aio)
{
	struct timespec now = { 0 };
	struct io_event event;

	return io_getevents(aio->context, 1, 1, &event, &now) == 1;
}

#else
#include "absent.h"

ABSENT_NEED(pin_aio, "libaio", "install libaio-dev (Fedora: libaio-devel) and build again")
ABSENT(struct pin_aio *pin_aio_open(void))
ABSENT(void pin_aio_close(struct pin_aio *aio))
ABSENT(void pin_aio_read(struct pin_aio *aio, int fd, void *to, size_t len, off_t offset))
ABSENT(void pin_aio_write(struct pin_aio *aio, int fd, void *from, size_t len, off_t offset))
ABSENT(ssize_t pin_aio_wait(struct pin_aio *aio))
ABSENT(bool pin_aio_done(struct pin_aio *aio))
#endif
