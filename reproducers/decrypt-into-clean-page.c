// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * decrypt-into-clean-page: what a socket decrypts into a buffer must survive reclaim
 *
 * Story    recv(2) on a kernel TLS socket and read(2) on an AF_ALG one do not
 *          copy: they take the pages of the buffer and decrypt into them. They
 *          take them through gup-fast, which leaves the dirty bit of a
 *          writable, clean PTE alone, and give them back without dirtying them
 *          (net/tls/tls_sw.c, tls_decrypt_sg(); crypto/af_alg.c,
 *          af_alg_free_sg()). A page that was clean before is clean after, and
 *          reclaim drops it with all that was received.
 * Seen as  The call succeeded, the data was there, and after some memory
 *          pressure the old content is back, or zeros. Nothing in the log.
 * Fixed    Nowhere yet (2026-11): 6.12.117 and 7.2.13 lose every page. The swap
 *          cache variant needs v6.11, c18160dba5ff, which maps an exclusive page
 *          writable on a read fault; the others do not.
 * Steps    1 make the page clean  2 receive  3 page out  4 the buffer holds what
 *          was received.
 * Notes    The same for registered buffers is uring-fixed-clean-page; the hole
 *          cell of shared memory is here. The controls bring the same bytes by
 *          an ordinary recv(), which copies. Also found, and not here for want
 *          of a file system to make: an O_DIRECT read of a hole by
 *          fs/direct-io.c (JFS, 6.12.117 and 7.2.13, 16 of 16 pages) zeroes the
 *          page and unpins it as it was (do_direct_IO(), do_holes). It needs
 *          swap on a disk: zram is synchronous and skips the swap cache.
 */
#include "case.h"
#include "crypt.h"
#include "fail.h"
#include "pagemap.h"
#include "pin.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGES 64

enum { CLEAN, WRITTEN, PAGED_OUT, CHECKED };
enum writer { AF_ALG_READ, KTLS_RECV, FIXED_READ, PLAIN_RECV };
enum { SWAPCACHE = 0, LAZYFREE = 8, HOLE = 16 }; /* or-ed to the writer */

#define OPEN_6_11 "since 6.11, no fix known 2026-11"
#define OPEN_ALL  "seen in 6.12 to 7.2, no fix known 2026-11"

static const struct case_cell cells[] = {
	{ "ktls-swapcache", "kernel TLS, a page clean in the swap cache", .needs = NEED_KTLS,
	  .open = OPEN_6_11, .arg = SWAPCACHE | KTLS_RECV },
	{ "ktls-lazyfree", "kernel TLS, a page given to MADV_FREE", .needs = NEED_KTLS,
	  .open = OPEN_ALL, .arg = LAZYFREE | KTLS_RECV },
	{ "ktls-hole", "kernel TLS, shared memory that was only read", .needs = NEED_KTLS,
	  .open = OPEN_ALL, .arg = HOLE | KTLS_RECV },
	{ "af-alg-swapcache", "AF_ALG, a page clean in the swap cache", .needs = NEED_AF_ALG,
	  .open = OPEN_6_11, .arg = SWAPCACHE | AF_ALG_READ },
	{ "af-alg-lazyfree", "AF_ALG, a page given to MADV_FREE", .needs = NEED_AF_ALG,
	  .open = OPEN_ALL, .arg = LAZYFREE | AF_ALG_READ },
	{ "af-alg-hole", "AF_ALG, shared memory that was only read", .needs = NEED_AF_ALG,
	  .open = OPEN_ALL, .arg = HOLE | AF_ALG_READ },
	{ "uring-fixed-hole", "READ_FIXED, shared memory that was only read",
	  .needs = NEED_IO_URING, .open = OPEN_ALL, .arg = HOLE | FIXED_READ },
	{ "control-swapcache", "control: a recv() that copies", .arg = SWAPCACHE | PLAIN_RECV },
	{ "control-lazyfree", "control: a recv() that copies", .arg = LAZYFREE | PLAIN_RECV },
	{ "control-hole", "control: a recv() that copies", .arg = HOLE | PLAIN_RECV },
	{ 0 },
};

static const struct case_info info = {
	.name = "decrypt-into-clean-page",
	.summary = "receivers that decrypt in place leave a clean page clean",
	.tags = "pin socket anon shmem swap reclaim open",
	.needs = NEED_SWAP | NEED_PAGEOUT | NEED_PFN,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:c18160dba5ff",
	.seen = "7.2.13: 59 of 59, 0.2 s; 6.12.117",
	.rounds = 2,
	.counters = { { "clean", true },
		      { "written", true },
		      { "paged_out", true },
		      { "checked", true } },
	.cells = cells,
};

static size_t page_out(struct map *map)
{
	size_t out = 0;

	map_remember(map);
	for (int tries = 0; tries < 3 && out < map->pages; tries++) {
		madvise(map->at, map->len, MADV_PAGEOUT);
		out = map_wait_out(map, 20);
	}
	return out;
}

/* Leaves every page present and clean; the number that really are. */
static size_t make_clean(struct map *map, int state)
{
	if (state == LAZYFREE) {
		if (madvise(map->at, map->len, MADV_FREE))
			fail("MADV_FREE");
		return map->pages - pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_SWAPBACKED);
	}
	if (state == HOLE && madvise(map->at, map->len, MADV_REMOVE))
		fail("MADV_REMOVE");
	if (state == SWAPCACHE)
		page_out(map);
	map_read(map); /* a read fault: mapped writable, and clean */
	return map->pages - pagemap_count_flag(map->at, map->len, PAGEMAP_KPF_DIRTY);
}

static void read_fixed(struct case_ctx *c, struct map *map)
{
	struct pin_ring *ring = pin_ring_open();
	int device = case_device(c, map, 2);

	pin_register(ring, map->at, map->len);
	if (pin_read_fixed(ring, device, map->at, map->len, 0) != (ssize_t)map->len)
		fail("READ_FIXED was short");
	pin_unregister(ring);
	pin_ring_close(ring);
	close(device);
}

static void receive(enum writer writer, char *to, const char *bytes, size_t len)
{
	int ends[2] = { -1, -1 };

	if (writer == KTLS_RECV)
		crypt_tls_open(ends);
	else if (writer == PLAIN_RECV && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail("a socket pair");
	for (size_t done = 0; done < len; done += CRYPT_RECORD) {
		if (writer == AF_ALG_READ) {
			close(ends[1]);
			ends[1] = crypt_alg_ready(bytes + done, CRYPT_RECORD);
		} else {
			crypt_tls_send(ends, bytes + done, CRYPT_RECORD);
		}
		if (recv(ends[1], to + done, CRYPT_RECORD, MSG_WAITALL) != CRYPT_RECORD)
			fail("recv");
	}
	close(ends[0]);
	close(ends[1]);
}

static enum verdict trial(struct case_ctx *c, struct map *map, struct map *control)
{
	enum writer writer = c->cell->arg & 7;
	char *bytes = malloc(map->len);

	if (!bytes)
		fail("memory");
	stamp_fill(&map->stamp, bytes, 0, map->len, 2, STAMP_DEVICE);
	case_count(c, CLEAN, case_disturbs(c) ? make_clean(map, c->cell->arg & ~7) : 0);
	if (writer == FIXED_READ)
		read_fixed(c, map);
	else
		receive(writer, map->at, bytes, map->len);
	case_count(c, WRITTEN, map->pages);
	free(bytes);
	case_count(c, PAGED_OUT, page_out(map));
	page_out(control);

	case_count(c, CHECKED, map->pages);
	if (!case_check_all(c, map, 2, STAMP_DEVICE) ||
	    !case_check_all(c, control, 1, STAMP_CPU)) /* swapped, and not written since */
		return CORRUPT;
	return PASS;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, c->cell->arg & HOLE ? MAP_KIND_MEMFD : MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
