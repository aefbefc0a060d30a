// SPDX-License-Identifier: GPL-2.0-or-later
/* The library on the running kernel: maps are what they claim, holds hold, undo undoes. */
#include "child.h"
#include "fail.h"
#include "map.h"
#include "need.h"
#include "opt.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"
#include "stuck.h"
#include "tap.h"
#include "vmstat.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char state[] = "/var/tmp/lostwrite-test-XXXXXX";

/* --- maps --- */

static void test_map(enum map_kind kind)
{
	char why[512], name[64];
	struct stamp_bad bad;
	struct map map;

	snprintf(name, sizeof(name), "map %s is what it claims", map_kind_name(kind));
	if (need_missing(map_needs(kind), 64 << 20, why, sizeof(why))) {
		skip(name, why);
		return;
	}
	if (map_make(&map, kind, 64, 1, 0, why, sizeof(why)))
		ok(kind == MAP_KIND_ZERO ||
			   stamp_verify(&map.stamp, map.at, 0, map.len, 1, STAMP_CPU, &bad),
		   "%s (%zu pages)", name, map.pages);
	else
		ok(false, "%s: %s", name, why);
	map_free(&map);
}

/* A verifier that cannot fail proves nothing: each kind is refused as another. */
static void test_map_refused(enum map_kind made, enum map_kind claimed)
{
	char why[512] = "";
	struct map map;
	bool refused;

	if (!pagemap_flags_visible() ||
	    need_missing(map_needs(made) | map_needs(claimed), 64 << 20, why, sizeof(why))) {
		skip("a map is not taken for another kind", *why ? why : "page flags are hidden");
		return;
	}
	if (!map_make(&map, made, 16, 1, 0, why, sizeof(why))) {
		ok(false, "%s", why);
		return;
	}
	map.kind = claimed;
	map.twin = map.twin ? map.twin : map.at + map.len - pagemap_page_size();
	refused = !map_verify(&map, why, sizeof(why));
	ok(refused, "%s is not taken for %s: %s", map_kind_name(made), map_kind_name(claimed), why);
	map.twin = NULL;
	map_free(&map);
}

/* --- page tables --- */

#define MANY 1200 /* more than are read at once, and not a multiple of it */

/* Every third page is there: one step too far or too few shows. */
static void test_pagemap(void)
{
	size_t page = pagemap_page_size(), wrong = 0;
	uint64_t frames[MANY];
	char *at =
		mmap(NULL, MANY * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fail("memory");
	madvise(at, MANY * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < MANY; i += 3)
		at[i * page] = 1;
	ok(pagemap_count(at, MANY * page, PAGEMAP_PRESENT) == MANY / 3, "pages are counted");
	ok(pagemap_count(at + 3 * page - 1, 2, PAGEMAP_PRESENT) == 1 &&
		   pagemap_count(at + 3 * page - 1, 1, PAGEMAP_PRESENT) == 0,
	   "a range ends in the page of its last byte");
	if (pagemap_pfns_visible()) {
		pagemap_frames(at, MANY * page, frames);
		for (size_t i = 0; i < MANY; i++)
			wrong += !frames[i] != !!(i % 3) ||
				 frames[i] != pagemap_of(at + i * page).pfn;
		ok(!wrong, "frames are those of their pages");
	} else {
		skip("frames are those of their pages", "frames are hidden");
	}
	munmap(at, MANY * page);
}

/* --- pins --- */

static void test_ring(void)
{
	struct pin_ring *ring;
	struct stamp_bad bad;
	struct map map;
	char why[512];
	int fd;

	if (need_missing(NEED_IO_URING, 0, why, sizeof(why))) {
		skip("registered buffers move bytes", why);
		return;
	}
	ring = pin_ring_open();
	map_make(&map, MAP_KIND_ANON, 16, 1, 0, why, sizeof(why));
	fd = memfd_create("test", MFD_CLOEXEC);
	pin_register(ring, map.at, map.len);
	ok(pin_write_fixed(ring, fd, map.at, map.len, 0) == (ssize_t)map.len,
	   "WRITE_FIXED takes a registered buffer's bytes");
	stamp_file(&map.stamp, fd, map.len, 2, STAMP_DEVICE);
	ok(pin_read_fixed(ring, fd, map.at, map.len, 0) == (ssize_t)map.len &&
		   stamp_verify(&map.stamp, map.at, 0, map.len, 2, STAMP_DEVICE, &bad),
	   "READ_FIXED brings the file's");
	ok(pin_read_fixed(ring, -1, map.at, map.len, 0) == -EBADF, "an error is -errno");
	pin_unregister(ring);
	pin_ring_close(ring);
	close(fd);
	map_free(&map);
}

static void test_aio(void)
{
	struct pin_aio *aio;
	struct stamp_bad bad;
	struct map map;
	char why[512];
	int fd;

	if (need_missing(NEED_AIO | NEED_O_DIRECT, 0, why, sizeof(why))) {
		skip("libaio moves bytes", why);
		return;
	}
	aio = pin_aio_open();
	map_make(&map, MAP_KIND_ANON, 16, 1, 0, why, sizeof(why));
	fd = open(res_scratch_dir(), O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	pin_aio_write(aio, fd, map.at, map.len, 0);
	ok(pin_aio_wait(aio) == (ssize_t)map.len, "libaio writes");
	map_stamp(&map, 2, STAMP_CPU);
	pin_aio_read(aio, fd, map.at, map.len, 0);
	ok(pin_aio_wait(aio) == (ssize_t)map.len &&
		   stamp_verify(&map.stamp, map.at, 0, map.len, 1, STAMP_CPU, &bad),
	   "libaio reads the same back");
	pin_aio_close(aio);
	close(fd);
	map_free(&map);
}

/* --- undo --- */

static bool contains(const char *path, const char *text)
{
	char have[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool same = fd >= 0 && read(fd, have, sizeof(have) - 1) >= 0 &&
		    !strncmp(have, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return same;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail("%s", path);
	close(fd);
}

struct scene {
	char knob[256], dir[256], file[256];
};

static void change(const struct scene *s)
{
	put(s->knob, "old\n");
	res_own("test");
	if (!res_write(s->knob, "new") || !res_mkdir(s->dir) || !res_file(s->file))
		fail("%s", res_why());
	put(s->file, "x");
}

static bool restored(const struct scene *s)
{
	return contains(s->knob, "old") && access(s->dir, F_OK) && access(s->file, F_OK);
}

static void test_undo(const struct scene *s)
{
	pid_t pid;

	change(s);
	ok(contains(s->knob, "new") && !access(s->dir, F_OK), "changes are made");
	ok(!res_undo(stderr) && restored(s), "and undone by their owner");

	pid = fork();
	if (!pid) {
		change(s);
		raise(SIGKILL);
	}
	child_wait(pid);
	ok(!restored(s), "a killed owner leaves its changes");
	ok(!res_undo_stale(NULL, stderr) && restored(s), "the next one undoes them");
	ok(!res_undo_stale(NULL, stderr), "undoing twice does no harm");
}

static void test_undo_alive(const struct scene *s)
{
	struct gate *gate = child_shared(sizeof(*gate));
	pid_t pid = fork();

	if (!pid) {
		change(s);
		gate_set(gate, 1);
		pause();
	}
	gate_wait(gate, 1, 10);
	res_undo_stale(NULL, stderr);
	ok(!restored(s), "a living owner's changes are left alone");
	child_end(pid);
	ok(!res_undo_stale(NULL, stderr) && restored(s), "until it is dead");
}

static void test_undo_logs(const struct scene *s)
{
	char log[300], text[1200], boot[37] = "";
	int id = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	FILE *quiet = fopen("/dev/null", "we");

	if (id < 0 || read(id, boot, 36) != 36 || close(id))
		fail("the boot id");
	snprintf(log, sizeof(log), "%s/undo/1.log", state);
	put(s->knob, "new\n");
	put(s->file, "x");
	snprintf(text, sizeof(text),
		 "lostwrite-undo 1 999999 1 00000000-another-boot x\nunlink\t%s\nwrite\t%s\told\n",
		 s->file, s->knob);
	put(log, text);
	ok(!res_undo_stale(NULL, quiet) && access(s->file, F_OK) && contains(s->knob, "new"),
	   "after a reboot files go and knobs stay");

	snprintf(text, sizeof(text), "lostwrite-undo 1 999999 1 - x\nunlink\t%s\nunlink\t/etc/pas",
		 s->file);
	put(s->file, "x");
	put(log, text);
	ok(!res_undo_stale(NULL, quiet) && access(s->file, F_OK),
	   "a torn last line is passed over");

	snprintf(text, sizeof(text), "lostwrite-undo 1 %d 1 %s x\nunlink\t%s\n", getpid(), boot,
		 s->file);
	put(s->file, "x");
	put(log, text);
	ok(!res_undo_stale(NULL, quiet) && access(s->file, F_OK),
	   "a pid that is used again is not the owner");

	put(log, "");
	ok(!res_undo_stale(NULL, quiet) && access(log, F_OK), "an empty log goes");
	put(log, "something else\n");
	ok(res_undo_stale(NULL, quiet) == 1 && !access(log, F_OK), "a strange log is reported");
	unlink(log);
	fclose(quiet);
}

static void test_res(void)
{
	struct scene s;

	snprintf(s.knob, sizeof(s.knob), "%s/knob", state);
	snprintf(s.dir, sizeof(s.dir), "%s/dir", state);
	snprintf(s.file, sizeof(s.file), "%s/file", state);
	test_undo(&s);
	test_undo_alive(&s);
	test_undo_logs(&s);
	ok(!res_mkdir(state), "an existing directory is not ours: %s", res_why());
	ok(!res_write("/nonexistent/knob", "1"), "a missing knob is refused: %s", res_why());
	setenv("LOSTWRITE_SCRATCH", "/dev/shm", 1);
	ok(!res_swap_possible(1 << 20), "no swap file on tmpfs: %s", res_why());
	setenv("LOSTWRITE_SCRATCH", "/nonexistent", 1);
	ok(!res_swap_possible(1 << 20), "no swap file nowhere: %s", res_why());
	unsetenv("LOSTWRITE_SCRATCH");
}

/* --- children, options, needs --- */

static void test_children(void)
{
	struct gate *gate = child_shared(sizeof(*gate));

	ok(!gate_wait(gate, 1, 0), "a gate that nobody opens times out");
	for (int i = 0; i < 3; i++)
		if (!fork())
			for (;;)
				pause();
	ok(child_end_all() == 3, "all children are ended");
}

/* What comes nearest to a fault without end: a store that faults each time, and goes on. */
static void test_stuck(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!fork())
		for (;;) {
			*(volatile char *)page = 1;
			madvise(page, 4096, MADV_DONTNEED);
		}
	if (!fork())
		for (;;)
			pause();
	ok(!stuck_faults(), "a loop that faults, and one that sleeps, are not stuck");
	child_end_all();
}

static int exit_of(const char *text)
{
	pid_t pid = fork();

	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(98);
		opt_number("--rounds", text, 1, 100);
		_exit(0);
	}
	return child_wait(pid);
}

/* Its parent is killed before it can ask to die with it. */
static void test_orphan(void)
{
	char byte;
	int ends[2];
	pid_t pid, parent;

	if (pipe(ends))
		fail("pipe");
	pid = fork();
	if (!pid) {
		parent = getpid();
		if (fork())
			_exit(0);
		close(ends[0]);
		while (getppid() == parent)
			usleep(1000);
		child_bind();
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 99);
	}
	close(ends[1]);
	child_wait(pid);
	ok(read(ends[0], &byte, 1) == 0, "an orphan does not go on");
	close(ends[0]);
}

static void test_options(void)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "0",
					   "101",
					   "1e2",
					   "abc",
					   "0x",
					   "99999999999999999999999" };
	static const char *const names[] = { "run", "list", "report", NULL };
	static const char *const cells[] = { "thp.dirty.fork", "thp.dirty.exit", "ksm.dirty",
					     NULL };
	char said[200];
	int wrong = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		wrong += exit_of(bad[i]) != OPT_EXIT_USAGE;
	ok(!wrong && !exit_of("100") && !exit_of("0x10"), "numbers are read strictly");
	ok(opt_nearest("rnu", names) == names[0] && opt_nearest("reprot", names) == names[2] &&
		   !opt_nearest("xylophone", names),
	   "the nearest name is found, or none");
	ok(!strcmp(opt_did_you_mean("thp.dirtty.*", cells, said, sizeof(said)),
		   "; did you mean 'thp.dirty.fork' or 'thp.dirty.exit'?") &&
		   !*opt_did_you_mean("xylophone.*", cells, said, sizeof(said)),
	   "so are those nearest to a glob");
}

static void test_needs(void)
{
	char text[2048];
	struct need need;
	int wrong = 0;

	for (int i = 0; i < NEED_COUNT; i++) {
		need_probe(1ull << i, &need);
		wrong += !need.ok && (!need.reason[0] || !need.remedy[0]);
		printf("# %s: %s%s%s\n", need.name, need.ok ? "yes" : need.reason,
		       need.ok ? "" : "; ", need.remedy);
	}
	ok(!wrong, "what is missing has a reason and a remedy");
	ok(need_missing(0, ~0ull >> 1, text, sizeof(text)) == 1, "too little memory: %s", text);
}

static void test_vmstat(void)
{
	unsigned long faults = vmstat("pgfault"), majors = vmstat("pgmajfault");
	char *page = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
	ok(vmstat("pgfault") > faults, "vmstat: a fault is counted");
	munmap(page, 4096);
	ok(vmstat_sum((const char *const[]){ "pgfault", "pgmajfault", NULL }) >= faults + majors,
	   "vmstat: the sum of two");
	ok(!vmstat("pgfaul") && !vmstat("pgfault "), "vmstat: no such counter");
}

/* machine.lock, undo/, mnt/, knob: nothing else can be left. */
static void clean_up(void)
{
	static const char *const names[] = { "machine.lock", "undo", "mnt", "knob" };
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", state, names[i]);
		remove(path);
	}
	rmdir(state);
}

/* Other tests change swap, too, and wait for each other: tests/tap.sh. */
static void whole_machine(void)
{
	static int fd; /* open to the end */

	fd = open("/sys/kernel/mm", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_EX);
}

int main(void)
{
	whole_machine();
	if (!mkdtemp(state))
		fail("%s", state);
	setenv("LOSTWRITE_STATE", state, 1);
	res_own("test-lib");
	for (enum map_kind kind = 0; kind < MAP_KINDS; kind++)
		test_map(kind);
	test_map_refused(MAP_KIND_ANON, MAP_KIND_THP);
	test_map_refused(MAP_KIND_THP, MAP_KIND_PTE_THP);
	test_map_refused(MAP_KIND_THP, MAP_KIND_ANON);
	test_map_refused(MAP_KIND_ANON, MAP_KIND_MTHP);
	test_map_refused(MAP_KIND_ANON, MAP_KIND_KSM);
	test_map_refused(MAP_KIND_ANON, MAP_KIND_ZERO);
	test_map_refused(MAP_KIND_ANON, MAP_KIND_HUGETLB);
	test_map_refused(MAP_KIND_MEMFD, MAP_KIND_MEMFD_PRIVATE);
	test_map_refused(MAP_KIND_FILE_PRIVATE, MAP_KIND_FILE);
	test_pagemap();
	test_ring();
	test_aio();
	ok(!res_undo(stderr), "what the maps changed is undone");
	test_res();
	test_children();
	test_stuck();
	test_orphan();
	test_options();
	test_needs();
	test_vmstat();
	clean_up();
	return done();
}
