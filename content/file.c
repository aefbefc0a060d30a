// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"
#include "fail.h"
#include "memcg.h"
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES  64
#define ROUNDS 4
#define PLAIN  (PROT_READ | PROT_WRITE)

static unsigned int all(const struct body *b)
{
	return b->map.len / STAMP_PAGE;
}

/* --- flushes --- */

static void flush_msync(struct body *b)
{
	if (msync(b->map.at, b->map.len, MS_SYNC))
		fail("msync");
}

static void flush_fsync(struct body *b)
{
	if (fsync(b->map.fd))
		fail("fsync");
}

static void flush_range(struct body *b)
{
	if (sync_file_range(b->map.fd, 0, 0,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER))
		fail("sync_file_range");
}

/* The dirty bits of the page tables are all there is: zap_pte_range() must carry them over. */
static void flush_munmap(struct body *b)
{
	munmap(b->second, b->map.len);
	if (mmap(b->map.at, b->map.len, PLAIN, MAP_SHARED | MAP_FIXED, b->map.fd, 0) != b->map.at)
		fail("mapping the file anew");
	flush_fsync(b);
	b->second = mremap(b->map.at, 0, b->map.len, MREMAP_MAYMOVE);
	if (b->second == MAP_FAILED)
		fail("another mapping");
}

/* Reclaim unmaps dirty pages, and flushers write them. */
static void flush_reclaim(struct body *b)
{
	madvise(b->map.at, b->map.len, MADV_PAGEOUT);
	if (*memcg_dir())
		memcg_reclaim();
	flush_fsync(b);
}

const struct flush flushes[] = {
	{ "msync", "msync", flush_msync },
	{ "fsync", "fsync", flush_fsync },
	{ "sync-file-range", "sync_file_range", flush_range },
	{ "munmap", "every mapping goes, then fsync", flush_munmap },
	{ "reclaim", "MADV_PAGEOUT and reclaim, then fsync", flush_reclaim },
	{ 0 },
};

/* --- upsets --- */

static void nothing(struct body *b)
{
}

static void zap_all(struct body *b)
{
	if (madvise(b->map.at, b->map.len, MADV_DONTNEED) ||
	    madvise(b->second, b->map.len, MADV_DONTNEED))
		fail("MADV_DONTNEED");
}

/* A page that was made clean is written again: it must be noticed a second time. */
static void clean_and_write(struct body *b)
{
	flush_msync(b);
	body_write_some(b, BODY_CPU);
	flush_msync(b);
	body_write_some(b, BODY_SECOND);
}

static void write_during_writeback(struct body *b)
{
	if (msync(b->map.at, b->map.len, MS_ASYNC) ||
	    sync_file_range(b->map.fd, 0, 0, SYNC_FILE_RANGE_WRITE))
		fail("starting writeback");
	body_write_some(b, BODY_CPU);
}

static void protect(struct body *b)
{
	if (mprotect(b->map.at, b->map.len, PROT_READ) || mprotect(b->map.at, b->map.len, PLAIN))
		fail("mprotect");
}

static void move(struct body *b)
{
	char *to = mmap(NULL, b->map.len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	if (to == MAP_FAILED || mremap(b->map.at, b->map.len, b->map.len, flags, to) != to ||
	    mremap(to, b->map.len, b->map.len, flags, b->map.at) != b->map.at)
		fail("mremap there and back");
}

static void child_writes(struct body *b)
{
	body_fork(b);
	if (body_order(b, BODY_WRITE) && body_order(b, BODY_CHECK))
		body_order(b, BODY_EXIT);
}

static void punch(struct body *b)
{
	unsigned int first = rng_below(&b->c->rng, all(b) / 2), count = all(b) / 3;

	if (fallocate(b->map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)first * STAMP_PAGE, (off_t)count * STAMP_PAGE))
		fail("punching a hole");
	body_zero(b, first, count);
	body_write(b, BODY_CPU, first + count / 2, 2);
}

/* Short, and long again: the end reads zeros, whatever was there. */
static void truncate_end(struct body *b)
{
	unsigned int from = all(b) / 2 + rng_below(&b->c->rng, all(b) / 2);

	if (ftruncate(b->map.fd, (off_t)from * STAMP_PAGE) || ftruncate(b->map.fd, b->map.len))
		fail("ftruncate");
	body_zero(b, from, all(b) - from);
	body_write(b, BODY_SECOND, all(b) - 1, 1);
}

const struct upset upsets[] = {
	{ "nothing", "straight to the disk", nothing },
	{ "zap", "every mapping is taken down", zap_all },
	{ "clean", "flushed, and written again", clean_and_write },
	{ "writeback", "written again while it is being written out", write_during_writeback },
	{ "mprotect", "read-only and back", protect },
	{ "mremap", "away and back", move },
	{ "child", "a child writes and leaves", child_writes },
	{ "punch", "a hole is punched, and written in", punch },
	{ "truncate", "cut short and made long again", truncate_end },
	{ 0 },
};

/* --- the disk's side --- */

/* What an O_DIRECT reader finds, who does not look at the page cache. */
static bool check_disk(struct body *b)
{
	char path[64], *bytes = aligned_alloc(STAMP_PAGE, b->map.len);
	int fd;
	bool good;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", b->map.fd);
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || !bytes || pread(fd, bytes, b->map.len, 0) != (ssize_t)b->map.len)
		fail("reading the file by O_DIRECT");
	good = body_check_copy(b, bytes, 0, all(b), "O_DIRECT");
	case_count(b->c, 0, all(b));
	close(fd);
	free(bytes);
	return good;
}

static void drop_cache(struct body *b)
{
	zap_all(b);
	if (posix_fadvise(b->map.fd, 0, 0, POSIX_FADV_DONTNEED))
		fail("POSIX_FADV_DONTNEED");
}

static bool round_trip(struct body *b, const struct upset *upset, const struct flush *flush,
		       unsigned int writer)
{
	b->step++;
	b->doing = "written";
	body_write_some(b, writer);
	if (!body_check(b))
		return false;
	b->doing = upset->name;
	upset->upset(b);
	if (!body_check(b))
		return false;
	if (!case_disturbs(b->c))
		return true;
	b->doing = flush->name;
	flush->flush(b);
	if (!check_disk(b) || !body_check(b))
		return false;
	drop_cache(b);
	b->doing = "read back from the disk";
	return body_check(b);
}

enum verdict file_play(struct case_ctx *c, const struct upset *upset, const struct flush *flush,
		       unsigned int writer)
{
	struct body b;
	bool good = true;

	if (*memcg_dir())
		memcg_enter();
	if (!body_make(&b, c, MAP_KIND_FILE, PAGES))
		return INCONCLUSIVE;
	for (unsigned int round = 0; good && round < ROUNDS; round++)
		good = round_trip(&b, upset, flush, writer);
	child_end_all();
	body_free(&b);
	return good ? PASS : CORRUPT;
}
