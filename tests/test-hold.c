// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests that a FUSE server keeps: as root, as a user, and when somebody is killed. */
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "map.h"
#include "need.h"
#include "res.h"
#include "tap.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int hold_read_and_write(void)
{
	struct hold *hold = hold_open();
	struct stamp_bad bad;
	struct map map;
	char why[200];
	int wrong = 0;

	map_make(&map, MAP_KIND_ANON, 16, 1, 0, why, sizeof(why));
	stamp_fill(&map.stamp, hold_device(hold), 0, map.len, 2, STAMP_DEVICE);
	hold_read(hold, map.at, map.len);
	usleep(20000);
	/* Still as before: the read is in flight. */
	wrong |= !stamp_verify(&map.stamp, map.at, 0, map.len, 1, STAMP_CPU, &bad);
	wrong |= (hold_release(hold) != (ssize_t)map.len) << 1;
	wrong |= !stamp_verify(&map.stamp, map.at, 0, map.len, 2, STAMP_DEVICE, &bad) << 2;

	hold_write(hold, map.at, map.len);
	map_stamp(&map, 3, STAMP_CPU); /* after write(2) began, before its bytes are taken */
	wrong |= (hold_release(hold) != (ssize_t)map.len) << 3;
	wrong |= !stamp_verify(&map.stamp, hold_device(hold), 0, map.len, 3, STAMP_CPU, &bad) << 4;
	hold_close(hold);
	return wrong;
}

static void test_hold(void)
{
	char why[512];
	int status;
	pid_t pid;

	if (need_missing(NEED_FUSE, 0, why, sizeof(why))) {
		skip("a held read and write", why);
		return;
	}
	pid = fork();
	if (!pid)
		_exit(hold_read_and_write());
	status = child_wait(pid);
	ok(!status, "a held read and write move their bytes at release (%d)", status);
}

/* A cell that went wrong takes the server with it; the next one starts its own. */
static void test_hold_server_gone(void)
{
	const char *what = "a hold after its server was ended";
	char why[512];
	int status;
	pid_t pid;

	if (need_missing(NEED_FUSE, 0, why, sizeof(why))) {
		skip(what, why);
		return;
	}
	child_end_all();
	pid = fork();
	if (!pid)
		_exit(hold_read_and_write());
	status = child_wait(pid);
	ok(!status, "%s (%d)", what, status);
}

#define NOBODY 65534

/* In a child, with a state directory of its OWN: nobody, with a /dev/fuse for all. */
static bool hold_as_nobody(const char *own)
{
	char node[256], why[200];
	struct stat fuse;
	bool possible;

	snprintf(node, sizeof(node), "%s/fuse", own);
	if (stat("/dev/fuse", &fuse) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mknod(node, S_IFCHR | 0666, fuse.st_rdev) || chmod(node, 0666) ||
	    mount(node, "/dev/fuse", NULL, MS_BIND, NULL) || unlink(node) || setgid(NOBODY) ||
	    setuid(NOBODY) || prctl(PR_SET_DUMPABLE, 1)) /* else its /proc files are root's */
		fail("becoming nobody");
	setenv("LOSTWRITE_STATE", own, 1);
	possible = hold_possible(why, sizeof(why));
	if (!possible)
		printf("# %s\n", why);
	for (int round = 0; possible && round < 2; round++)
		hold_close(hold_open());
	child_end_all();
	return possible;
}

/* In a chroot the kernel refuses that to everybody. */
static bool users_have_name_spaces(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(setuid(NOBODY) || unshare(CLONE_NEWUSER) ? 1 : 0);
	return !child_wait(pid);
}

static void test_hold_nobody(void)
{
	char why[512], own[] = "/tmp/lostwrite-test-XXXXXX", mnt[64];
	const char *what = "a user may hold, too, and again";
	int status;
	pid_t pid;

	if (geteuid() || need_missing(NEED_FUSE, 0, why, sizeof(why))) {
		skip(what, geteuid() ? "not root" : why);
		return;
	}
	if (!users_have_name_spaces()) {
		skip(what, "a user gets no user name space here (in a chroot nobody does)");
		return;
	}
	if (!mkdtemp(own) || chown(own, NOBODY, NOBODY))
		fail("%s", own);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		status = !hold_as_nobody(own);
		fflush(stdout);
		_exit(status);
	}
	status = child_wait(pid);
	snprintf(mnt, sizeof(mnt), "%s/mnt", own);
	rmdir(mnt);
	ok(!rmdir(own) && !status, "%s (%d)", what, status);
}

/* A test killed with a read in flight must die at once, not wait for its own server. */
static void test_hold_killed(void)
{
	struct gate *gate = child_shared(sizeof(*gate));
	char why[512];
	struct map map;
	pid_t pid;
	int ms = 0;

	if (need_missing(NEED_FUSE, 0, why, sizeof(why))) {
		skip("SIGKILL with a read in flight", why);
		return;
	}
	pid = fork();
	if (!pid) {
		struct hold *hold = hold_open();

		map_make(&map, MAP_KIND_ANON, 16, 1, 0, why, sizeof(why));
		hold_read(hold, map.at, map.len);
		gate_set(gate, 1);
		pause();
	}
	gate_wait(gate, 1, 10);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, WNOHANG) == 0 && ms++ < 5000)
		usleep(1000);
	ok(ms < 1000, "SIGKILL with a read in flight ends the test (%d ms)", ms);
}

int main(void)
{
	char state[] = "/tmp/lostwrite-test-XXXXXX", mnt[64];

	if (!mkdtemp(state))
		fail("%s", state);
	setenv("LOSTWRITE_STATE", state, 1);
	test_hold();
	test_hold_killed();
	test_hold_server_gone();
	test_hold_nobody();
	snprintf(mnt, sizeof(mnt), "%s/mnt", state);
	rmdir(mnt);
	ok(!rmdir(state), "nothing is left");
	return done();
}
