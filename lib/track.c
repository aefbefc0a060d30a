// SPDX-License-Identifier: GPL-2.0-or-later
#include "track.h"
#include "fail.h"
#include "need.h"
#include "pagemap.h"
#include "scan.h"
#include "story.h"
#include "vmstat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[TRACK_KINDS] = {
	[TRACK_UFFD] = "uffd-wp",
	[TRACK_UFFD_EVENTS] = "uffd-wp-events",
	[TRACK_ASYNC] = "uffd-wp-async",
	[TRACK_SOFT_DIRTY] = "soft-dirty",
};

const char *track_name(enum track_kind kind)
{
	return names[kind];
}

static bool is_file(enum map_kind map)
{
	return map == MAP_KIND_FILE || map == MAP_KIND_FILE_PRIVATE;
}

static bool is_shmem(enum map_kind map)
{
	return map == MAP_KIND_SHARED_ANON || map == MAP_KIND_MEMFD ||
	       map == MAP_KIND_MEMFD_PRIVATE;
}

bool track_fits(enum track_kind kind, enum map_kind map)
{
	if (kind ==
	    TRACK_SOFT_DIRTY) /* hugetlb has no soft-dirty bits: clear_refs passes it over */
		return map != MAP_KIND_HUGETLB;
	return kind == TRACK_ASYNC || !is_file(map);
}

uint64_t track_needs(enum track_kind kind, enum map_kind map)
{
	static const uint64_t needs[TRACK_KINDS] = {
		[TRACK_UFFD] = NEED_UFFD_WP,
		[TRACK_UFFD_EVENTS] = NEED_UFFD_WP | NEED_ROOT,
		[TRACK_ASYNC] = NEED_UFFD_WP | NEED_UFFD_ASYNC | NEED_SCAN,
		[TRACK_SOFT_DIRTY] = NEED_SOFT_DIRTY,
	};
	uint64_t more = map == MAP_KIND_HUGETLB ? NEED_UFFD_HUGE
			: is_shmem(map)		? NEED_UFFD_SHMEM
						: 0;

	return needs[kind] | (kind == TRACK_SOFT_DIRTY ? 0 : more);
}

static int open_uffd(enum track_kind kind, enum map_kind map)
{
	uint64_t more = uffd_features() & UFFD_WP_UNPOPULATED;
	enum uffd_kind uffd = map == MAP_KIND_HUGETLB ? UFFD_HUGETLB
			      : is_shmem(map)	      ? UFFD_SHMEM
						      : UFFD_ANON;

	if (kind == TRACK_ASYNC)
		uffd = UFFD_ASYNC;
	if (kind == TRACK_UFFD_EVENTS)
		more |= UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP;
	return uffd_open_with(uffd, more);
}

/* One report is about one page; of hugetlb memory, about a huge one. */
static size_t page_of(const struct map *map)
{
	long kb = map->kind == MAP_KIND_HUGETLB ? pagemap_smaps_kb(map->at, "KernelPageSize:") : 0;

	return kb > 0 ? (size_t)kb << 10 : pagemap_page_size();
}

bool track_notifies(enum track_kind kind)
{
	return kind == TRACK_UFFD || kind == TRACK_UFFD_EVENTS;
}

void track_open(struct track *track, enum track_kind kind, const struct map *map)
{
	*track = (struct track){ .kind = kind, .at = map->at, .len = map->len, .fd = -1 };
	track->page = page_of(map);
	track->pages = map->len / track->page;
	track->reports = calloc(track->pages, sizeof(*track->reports));
	if (!track->reports)
		fail("memory of a tracker");
	track->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (track->pagemap < 0)
		fail("/proc/self/pagemap");
	track->unpopulated = kind != TRACK_SOFT_DIRTY && (uffd_features() & UFFD_WP_UNPOPULATED);
	if (kind == TRACK_SOFT_DIRTY)
		return;
	track->fd = open_uffd(kind, map->kind);
	track_register(track, 0, track->len);
	if (track_notifies(track->kind))
		uffd_watch_start(&track->watch, track->fd, track->at, track->len, track->page);
}

void track_register(struct track *track, size_t from, size_t len)
{
	if (track->fd >= 0)
		uffd_register(track->fd, track->at + from, len);
}

void track_unregister(struct track *track, size_t from, size_t len)
{
	if (track->fd >= 0)
		uffd_unregister(track->fd, track->at + from, len);
}

static void clear_refs(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || say(write(fd, "4", 1)) != 1)
		fail("clear_refs");
	close(fd);
}

static bool protect_part(const struct track *track, size_t from, size_t len)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)track->at + from, .len = len },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	while (say(ioctl(track->fd, UFFDIO_WRITEPROTECT, &wp))) {
		if (errno == ENOENT)
			return false;
		if (errno != EAGAIN && errno != EINTR)
			fail("UFFDIO_WRITEPROTECT");
	}
	return true;
}

/* Some of the range may be registered no more: then page by page. */
static void protect(const struct track *track)
{
	if (protect_part(track, 0, track->len))
		return;
	for (size_t page = 0; page < track->pages; page++)
		protect_part(track, page * track->page, track->page);
}

/* Pages that went to another frame or another page table entry, of the whole machine. */
static unsigned long moved(void)
{
	return vmstat_sum((const char *const[]){ "pgmigrate_success", "thp_collapse_alloc",
						 "thp_split_page", "thp_split_pmd", NULL });
}

/*
 * clear_refs passes over pages that are pinned (9348b73c2e1b), and a pin may outlast
 * its I/O by a moment: io_uring and O_DIRECT give pages back from workers, too.
 */
static void clear_bits(const struct track *track)
{
	clear_refs();
	for (int ms = 0; ms < 20 && pagemap_count(track->at, track->len, PAGEMAP_SOFT_DIRTY);
	     ms++) {
		usleep(1000);
		clear_refs();
	}
}

static void arm(struct track *track)
{
	if (track->kind == TRACK_SOFT_DIRTY)
		clear_bits(track);
	else if (track->kind != TRACK_ASYNC)
		protect(track);
	else if (!scan_written(track->pagemap, SCAN_PROTECT, track->at, track->len, track->page,
			       track->reports))
		fail("PAGEMAP_SCAN");
}

size_t track_armed(const struct track *track)
{
	size_t dirty;

	if (track->kind != TRACK_SOFT_DIRTY)
		return uffd_armed(track->at, track->len);
	dirty = pagemap_count(track->at, track->len, PAGEMAP_SOFT_DIRTY);
	return track->len / pagemap_page_size() - dirty;
}

size_t track_arm(struct track *track)
{
	if (track->kind == TRACK_SOFT_DIRTY)
		track->moved = moved();
	arm(track);
	return track_armed(track);
}

static void take(struct uffd_watch *watch, unsigned int who, unsigned int *reports)
{
	for (size_t i = 0; i < watch->len / watch->page; i++)
		reports[i] = atomic_exchange(&watch->of[who][i], 0);
}

static void take_children(struct track *track)
{
	for (unsigned int who = 1; who < track->watch.count; who++) {
		if (!track->of_child[who])
			track->of_child[who] = calloc(track->pages, sizeof(*track->reports));
		if (!track->of_child[who])
			fail("memory of a tracker");
		take(&track->watch, who, track->of_child[who]);
	}
}

static void take_bits(struct track *track)
{
	unsigned long now;

	pagemap_bits(track->at, track->len, PAGEMAP_SOFT_DIRTY, track->reports);
	now = moved();
	track->moves = now != track->moved;
	track->moved = now;
}

void track_collect(struct track *track)
{
	memset(track->reports, 0, track->pages * sizeof(*track->reports));
	if (track->kind == TRACK_SOFT_DIRTY)
		take_bits(track);
	if (track_notifies(track->kind)) {
		/* With events nobody may fork meanwhile: the thread may wait for this lock. */
		pthread_mutex_lock(&track->watch.lock);
		take(&track->watch, 0, track->reports);
		take_children(track);
	}
	arm(track);
	if (track_notifies(track->kind))
		pthread_mutex_unlock(&track->watch.lock);
}

bool track_was_moved(const struct track *track)
{
	/* What is under way is counted when it is over. */
	for (int i = 0; track->kind == TRACK_SOFT_DIRTY && !track->moves && i < 10; i++) {
		usleep(10000);
		if (moved() != track->moved)
			return true;
	}
	return track->kind == TRACK_SOFT_DIRTY && track->moves;
}

void track_stop(struct track *track)
{
	struct uffdio_range range = { .start = (uintptr_t)track->at, .len = track->len };

	/* EINVAL: nothing there is registered any more. */
	if (track->fd >= 0 && say(ioctl(track->fd, UFFDIO_UNREGISTER, &range)) && errno != EINVAL)
		fail("UFFDIO_UNREGISTER");
	track_close(track);
}

void track_close(struct track *track)
{
	if (track_notifies(track->kind))
		uffd_watch_stop(&track->watch);
	if (track->fd >= 0)
		close(track->fd);
	close(track->pagemap);
	free(track->reports);
	for (unsigned int who = 1; who < UFFD_WATCHED; who++)
		free(track->of_child[who]);
	*track = (struct track){ .fd = -1, .pagemap = -1 };
}
