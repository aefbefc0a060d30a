// SPDX-License-Identifier: GPL-2.0-or-later
#include "res-backend.h"
#include "knob.h"
#include "memcg.h"
#include "res-impl.h"
#include "vmstat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Small: slots are soon used again, which is where a wrong count shows. */
#define BYTES	    (48u << 20)
#define SMALL_BYTES (8u << 20)
#define IMAGE_BYTES (192u << 20) /* with a file system and the file in it */
#define PIECE	    (31u * 4096)
#define PIECES	    ((size_t)BYTES / PIECE)
#define DELAY_MS    20
#define ZSWAP	    "/sys/module/zswap/parameters/"

static bool with_header(const char *device, size_t bytes)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);
	bool ok = fd >= 0 && res_swap_header(fd, bytes);

	if (!ok)
		res_refuse("cannot write a swap header to %s: %s", device, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool on_device(const char *device, size_t bytes, bool discard)
{
	return with_header(device, bytes) && res_swap_on(device, 0, discard);
}

/* A loop device over a file of BYTES, its name in DEVICE. */
static bool loop_over_image(char *device, size_t size)
{
	char file[PATH_MAX];

	return res_image("image", BYTES, file, sizeof(file)) && res_loop(file, false, device, size);
}

static bool make_file(const char *option)
{
	return res_swap_file(BYTES);
}

/* Every second piece is taken out of the file, so that those that stay do not touch. */
static bool cut_up(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	bool ok = fd >= 0 && !fallocate(fd, 0, 0, PIECES * 2 * PIECE);

	for (size_t i = PIECES - 1; ok && i--;)
		ok = !fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, (2 * i + 1) * PIECE, PIECE);
	ok = ok && !ftruncate(fd, PIECES * PIECE);
	if (!ok)
		res_refuse("no file in pieces at %s: %s; set LOSTWRITE_SCRATCH to a directory on "
			   "ext4 or xfs",
			   file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* What is contiguous in swap is not on the disk, a large folio least of all. */
static bool make_pieces(const char *option)
{
	char file[PATH_MAX];

	return res_image("pieces", 2 * PIECES * PIECE, file, sizeof(file)) && cut_up(file) &&
	       on_device(file, PIECES * PIECE, false);
}

/* OPTION "discard": freed slots are discarded, which is a hole in the file behind. */
static bool make_block(const char *option)
{
	char device[64];

	return loop_over_image(device, sizeof(device)) && on_device(device, BYTES, option);
}

/* --- zram --- */

static char zram[64];

static bool zram_on(const char *algorithm, const char *backing)
{
	return res_zram(algorithm, backing, BYTES, zram, sizeof(zram)) &&
	       on_device(zram, BYTES, false);
}

static bool make_zram(const char *option)
{
	return zram_on(option, NULL);
}

/* The device behind it is made first, so that it is undone last. */
static bool make_zram_writeback(const char *option)
{
	char device[64];

	return loop_over_image(device, sizeof(device)) && zram_on(NULL, device);
}

/* Most writes fail: those pages have to stay in memory, and dirty. */
static bool make_zram_full(const char *option)
{
	return zram_on(NULL, NULL) && res_block_set(zram, "mem_limit", "1M");
}

/* zsmalloc moves what is stored. */
static void shake_zram(void)
{
	res_block_set(zram, "compact", "1");
}

/* All that is stored goes to the device behind, and is read from there. */
static void shake_zram_writeback(void)
{
	res_block_set(zram, "idle", "all");
	res_block_set(zram, "writeback", "idle");
}

/* Two, and the better one is so small that it fills up in the middle of things. */
static bool make_two(const char *option)
{
	char file[PATH_MAX], device[64];

	return res_swap_file(SMALL_BYTES) && res_image("second", BYTES, file, sizeof(file)) &&
	       res_loop(file, false, device, sizeof(device)) && with_header(device, BYTES) &&
	       res_swap_on(device, 1, false);
}

/* A loop device with direct I/O over a file in a file system of our own over another. */
static bool make_over(const char *type)
{
	char image[PATH_MAX], dir[PATH_MAX], file[PATH_MAX + 16], device[64];
	const char *package = *type == 'e' ? "e2fsprogs" : "btrfs-progs";
	int fd;

	if (!res_image("image", IMAGE_BYTES, image, sizeof(image)) ||
	    !res_make_fs(image, type, package) || !res_loop(image, false, device, sizeof(device)) ||
	    !res_mount(device, type, dir, sizeof(dir)))
		return false;
	snprintf(file, sizeof(file), "%s/swap", dir); /* it goes with the file system */
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, BYTES)) {
		res_refuse("cannot make %s", file);
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(fd);
	return res_loop(file, true, device, sizeof(device)) && on_device(device, BYTES, false);
}

/* --- a slow one: what counts is that a page stays under writeback for long --- */

#define THROTTLE "/sys/fs/cgroup/blkio/blkio.throttle."

/* cgroup v1 throttles the root group, too; its reset value is 0. */
static bool throttle(const char *device, const char *what, const char *limit)
{
	char path[128], rule[64], reset[64], before[256];
	struct stat st;

	if (stat(device, &st))
		return res_refuse("%s: %s", device, strerror(errno));
	snprintf(path, sizeof(path), THROTTLE "%s", what);
	snprintf(rule, sizeof(rule), "%u:%u %s", major(st.st_rdev), minor(st.st_rdev), limit);
	snprintf(reset, sizeof(reset), "%u:%u 0", major(st.st_rdev), minor(st.st_rdev));
	snprintf(before, sizeof(before), "%s", res_why());
	if (access(path, W_OK))
		return res_refuse("%s; and no blkio controller of cgroup v1 to throttle with",
				  before);
	if (!res_step("write", path, reset))
		return false;
	return knob_write(path, "%s", rule) ||
	       res_refuse("cannot write '%s' to %s: %s", rule, path, strerror(errno));
}

static bool make_slow(const char *option)
{
	char device[64];

	if (!loop_over_image(device, sizeof(device)))
		return false;
	if (res_delay(device, sizeof(device), BYTES, DELAY_MS))
		return on_device(device, BYTES, false);
	/* Swapped on first: the header would be throttled, too. */
	return on_device(device, BYTES, false) && throttle(device, "write_bps_device", "16777216");
}

/* --- one that fails when it is told to --- */

static bool make_failing(const char *option)
{
	char device[64];

	return loop_over_image(device, sizeof(device)) &&
	       res_linear(device, sizeof(device), BYTES) && on_device(device, BYTES, false);
}

const struct res_backend res_failing = { "failing", "a device that can fail", make_failing };

/* --- zswap --- */

unsigned long res_zswap_written(void)
{
	unsigned long pages = vmstat("zswpwb");
	FILE *file;

	if (pages)
		return pages;
	file = fopen("/sys/kernel/debug/zswap/written_back_pages", "re");
	if (file && fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages;
}

/* OPTION: a knob of zswap that has to be there, and its value. */
static bool make_zswap(const char *option)
{
	char path[128];

	if (access(ZSWAP "enabled", F_OK))
		return res_refuse("no zswap in this kernel; use one with CONFIG_ZSWAP");
	if (!res_swap_file(BYTES) || !res_write(ZSWAP "max_pool_percent", "20"))
		return false;
	/* shake() turns it down and up: this is what undo restores. */
	if (!res_step("write", ZSWAP "max_pool_percent", "20"))
		return false;
	snprintf(path, sizeof(path), ZSWAP "%s", option ? option : "enabled");
	if (access(path, F_OK))
		return res_refuse("zswap has no %s; use a kernel from 6.8 on", option);
	return (!option || res_write(path, "Y")) && res_write(ZSWAP "enabled", "Y");
}

/* Pages that zswap refuses must stay in memory, as dirty as they were. */
static bool make_no_writeback(const char *option)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/memory.zswap.writeback", memcg_dir());
	if (access(path, F_OK))
		return res_refuse("no memory.zswap.writeback; use a kernel from 6.8 on with "
				  "cgroup2");
	return make_zswap(NULL) && res_write(path, "0");
}

/* Until it began, and then until it is quiet; what has nothing to write never begins. */
static void settle(void)
{
	unsigned long before = res_zswap_written(), now;

	for (int quiet = 0, limit = 15; quiet < limit; usleep(2000)) {
		now = res_zswap_written();
		if (now == before) {
			quiet++;
			continue;
		}
		before = now;
		quiet = 0;
		limit = 3;
	}
}

/*
 * A pool that is over its limit is emptied to the swap behind it, by a worker,
 * the next time that something is to be stored: the caller's next pageout.
 */
static void shake_limit(void)
{
	static char *page;

	if (!page)
		page = aligned_alloc(4096, 4096);
	knob_write(ZSWAP "max_pool_percent", "0");
	memset(page, 1, 4096);
	madvise(page, 4096, MADV_PAGEOUT);
	settle();
	knob_write(ZSWAP "max_pool_percent", "20");
}

/* The shrinker is asked like every other; a page gets a second chance. */
static void shake_shrinker(void)
{
	for (int i = 0; i < 2; i++)
		knob_write("/proc/sys/vm/drop_caches", "2");
	settle();
}

const struct res_backend res_backends[] = {
	{ "file", "a swap file", make_file },
	{ "pieces", "a swap file in pieces that do not touch", make_pieces },
	{ "block", "a loop device", make_block },
	{ "slow", "dm-delay or a throttled device: pages are under writeback for long", make_slow },
	{ "zram", "zram with the kernel's default compressor", make_zram, NULL, shake_zram },
	{ "zram-full", "zram whose memory is soon used up: writes fail", make_zram_full },
	{ "zram-writeback", "zram that writes to a loop device what is not used",
	  make_zram_writeback, NULL, shake_zram_writeback },
	{ "zswap", "zswap over a file, its pool over the limit", make_zswap, NULL, shake_limit },
	{ "zswap-shrinker", "zswap over a file, written back by its shrinker", make_zswap,
	  "shrinker_enabled", shake_shrinker },
	{ "zswap-no-writeback", "zswap that may not write back", make_no_writeback },
	{ "two", "a small file and a device of less priority", make_two },
	{ "discard", "a device that discards freed slots", make_block, "discard" },
	{ "loop-ext4", "a loop device with direct I/O over ext4", make_over, "ext4" },
	{ "loop-btrfs", "a loop device over btrfs, whose checksums want stable pages", make_over,
	  "btrfs" },
	{ "zram-lzo", "zram with lzo", make_zram, "lzo" },
	{ "zram-lzo-rle", "zram with lzo-rle", make_zram, "lzo-rle" },
	{ "zram-lz4", "zram with lz4", make_zram, "lz4" },
	{ "zram-lz4hc", "zram with lz4hc", make_zram, "lz4hc" },
	{ "zram-zstd", "zram with zstd", make_zram, "zstd" },
	{ "zram-deflate", "zram with deflate", make_zram, "deflate" },
	{ "zram-842", "zram with 842", make_zram, "842" },
	{ 0 },
};

static bool make(const struct res_backend *backend)
{
	res_swap_forget();
	return res_lock(LOCK_SECONDS) && backend->make(backend->option);
}

bool res_backend_on(const struct res_backend *backend)
{
	static const struct res_backend *active;
	static char lacks[256];
	static off_t mark = -1;

	if (backend == active)
		return !*lacks || res_refuse("%s", lacks);
	if (mark < 0)
		mark = res_mark();
	if (res_undo_to(mark, stderr))
		return res_refuse("the swap before could not be undone");
	active = backend;
	lacks[0] = '\0';
	if (make(backend))
		return true;
	snprintf(lacks, sizeof(lacks), "%s", res_why());
	return false;
}
