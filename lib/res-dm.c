// SPDX-License-Identifier: GPL-2.0-or-later
#include "res-backend.h"
#include "res-impl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct dm_call {
	struct dm_ioctl head;
	struct dm_target_spec spec;
	char parameters[512];
};

/* The owner's one device; its children know it, too. */
static struct {
	char name[64], under[64];
	size_t bytes;
} made;

static bool dm(int fd, unsigned long request, struct dm_call *call)
{
	call->head.version[0] = DM_VERSION_MAJOR;
	call->head.data_size = sizeof(*call);
	call->head.data_start = sizeof(call->head);
	snprintf(call->head.name, sizeof(call->head.name), "%s", made.name);
	return !ioctl(fd, request, &call->head);
}

/* What is done with all of its blocks, from now on. */
static bool set_target(int fd, const char *type, const char *parameters)
{
	struct dm_call table = { 0 }, resume = { 0 };

	table.head.target_count = 1;
	table.spec.length = made.bytes >> 9;
	snprintf(table.spec.target_type, sizeof(table.spec.target_type), "%s", type);
	snprintf(table.parameters, sizeof(table.parameters), "%s", parameters);
	return dm(fd, DM_TABLE_LOAD, &table) && dm(fd, DM_DEV_SUSPEND, &resume);
}

static int open_control(const char *config)
{
	int fd;

	if (access("/dev/mapper/control", F_OK))
		res_module("dm_mod");
	fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		res_refuse("no device mapper: %s; use a kernel with %s", strerror(errno), config);
	return fd;
}

/* Over DEVICE, whose name it replaces. */
static bool make(char *device, size_t size, size_t bytes, const char *type, const char *parameters,
		 const char *config)
{
	struct dm_call create = { 0 };
	int fd;
	bool ok;

	if (!res_lock(LOCK_SECONDS))
		return false;
	fd = open_control(config);
	if (fd < 0)
		return false;
	made.bytes = bytes;
	snprintf(made.name, sizeof(made.name), "lostwrite-%d", getpid());
	snprintf(made.under, sizeof(made.under), "%s", device);
	ok = res_step("dm", made.name, NULL) && dm(fd, DM_DEV_CREATE, &create) &&
	     set_target(fd, type, parameters);
	if (ok)
		snprintf(device, size, "/dev/dm-%u", minor(create.head.dev));
	else
		res_refuse("no dm-%s: %s; use a kernel with %s", type, strerror(errno), config);
	close(fd);
	return ok;
}

bool res_delay(char *device, size_t size, size_t bytes, unsigned int ms)
{
	char parameters[192];

	/* Reads at once, writes late: what matters is how long a page is under writeback. */
	snprintf(parameters, sizeof(parameters), "%s 0 0 %s 0 %u", device, device, ms);
	return make(device, size, bytes, "delay", parameters, "CONFIG_DM_DELAY");
}

bool res_linear(char *device, size_t size, size_t bytes)
{
	char parameters[80];

	snprintf(parameters, sizeof(parameters), "%s 0", device);
	return make(device, size, bytes, "linear", parameters, "CONFIG_BLK_DEV_DM");
}

bool res_failing_fails(bool fails)
{
	char parameters[80];
	int fd = open_control("CONFIG_BLK_DEV_DM");
	bool ok;

	if (fd < 0)
		return false;
	snprintf(parameters, sizeof(parameters), "%s 0", made.under);
	ok = fails ? set_target(fd, "error", "") : set_target(fd, "linear", parameters);
	if (!ok)
		res_refuse("the target of %s: %s", made.name, strerror(errno));
	close(fd);
	return ok;
}
