// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#ifdef HAVE_LIBFUSE
#include "deadline.h"
#include "hold-server.h"
#include "knob.h"
#include "res.h"
#include "undo.h"

#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_INODE 2
#define INHERITED  256	  /* no program has more files open */
#define PATIENCE   60	  /* seconds: a test that forgot us does not hang its read for ever */
#define FOREVER	   3600.0 /* the kernel may cache names and attributes */

static struct hold_shared *served;

static void data_attr(struct stat *st)
{
	*st = (struct stat){ .st_ino = DATA_INODE,
			     .st_mode = S_IFREG | 0600,
			     .st_nlink = 1,
			     .st_size = HOLD_MAX,
			     .st_blksize = 4096 };
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { .ino = DATA_INODE,
					  .attr_timeout = FOREVER,
					  .entry_timeout = FOREVER };

	data_attr(&entry.attr);
	if (parent != FUSE_ROOT_ID || strcmp(name, HOLD_FILE))
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &entry);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat st = { .st_ino = FUSE_ROOT_ID, .st_mode = S_IFDIR | 0700, .st_nlink = 2 };

	if (ino == DATA_INODE)
		data_attr(&st);
	fuse_reply_attr(req, &st, FOREVER);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	fuse_reply_open(req, info);
}

/* Killed, but not gone: one of its threads waits for us. */
static bool has_ended(pid_t user)
{
	char path[64], state = 'Z';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", user);
	stat = fopen(path, "re");
	if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (stat)
		fclose(stat);
	return state == 'Z' || state == 'X';
}

/* The heart: the kernel has the caller's pages in hand now, and keeps them until we reply. */
static void keep(void)
{
	double end = deadline_now() + PATIENCE;
	pid_t user = served->user;

	gate_set(&served->step, HOLD_HELD);
	while (gate_get(&served->step) == HOLD_HELD && deadline_now() < end && !has_ended(user))
		gate_doze(&served->step, HOLD_HELD);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *info)
{
	size_t left = offset < (off_t)HOLD_MAX ? HOLD_MAX - offset : 0;

	if (gate_get(&served->step) == HOLD_ARMED && !served->writes)
		keep();
	fuse_reply_buf(req, served->device + offset, size < left ? size : left);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	if (offset + size > HOLD_MAX) {
		fuse_reply_err(req, ENOSPC);
		return;
	}
	memcpy(served->device + offset, data, size);
	fuse_reply_write(req, size);
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.read = op_read,
	.write = op_write,
};

/*
 * A write's bytes are copied out of its pages when the server reads the
 * request: it is kept by not reading it.
 */
static void keep_write(struct fuse_session *session)
{
	struct pollfd fd = { .fd = fuse_session_fd(session), .events = POLLIN };

	if (poll(&fd, 1, -1) == 1 && gate_get(&served->step) == HOLD_ARMED && served->writes)
		keep();
}

static void serve(struct fuse_session *session)
{
	struct fuse_buf buf = { 0 };
	int got;

	while (!fuse_session_exited(session)) {
		keep_write(session);
		got = fuse_session_receive_buf(session, &buf);
		if (got == -EINTR)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(session, &buf);
	}
	free(buf.mem);
}

/* libfuse says on stderr why a mount failed; nobody wants it from a probe. */
static void no_log(enum fuse_log_level level, const char *fmt, va_list ap)
{
}

/* Root of a user name space of our own may mount FUSE (since 4.18). */
static bool become_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	return !unshare(CLONE_NEWUSER) && knob_write("/proc/self/uid_map", "0 %u 1", uid) &&
	       knob_write("/proc/self/setgroups", "deny") &&
	       knob_write("/proc/self/gid_map", "0 %u 1", gid);
}

/*
 * What is mounted from here on stays here. Only a mount point can be made private: where
 * / is none, in a chroot, that is done from the root of the name space, and we return.
 */
static bool make_mounts_private(void)
{
	int root, self;

	if (!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return true;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	self = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return root >= 0 && self >= 0 && !setns(self, CLONE_NEWNS) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) && !fchdir(root) && !chroot(".");
}

static const char *lacks(const char *why, const char *remedy)
{
	served->remedy = remedy;
	return why;
}

/* The directory to mount on, by the name that it has from our root. False with errno. */
static bool make_mount_point(const char *state)
{
	char dir[sizeof(served->dir)];

	snprintf(dir, sizeof(dir), "%s/mnt", state);
	/* A dead mount of somebody else's, seen when this name space was copied. */
	umount2(dir, MNT_DETACH);
	return undo_directory(state) && undo_directory(dir) && realpath(dir, served->dir);
}

/* NULL, or what failed. */
static const char *mount_fuse(struct fuse_session **session)
{
	char name[] = "lostwrite", *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	/* Asked while we are who we are: root of a name space would look in root's place. */
	const char *state = res_state_dir();

	errno = 0;
	if (access("/dev/fuse", R_OK | W_OK))
		return lacks("/dev/fuse", "modprobe fuse, and let the user open it (or be root)");
	if (geteuid() && !become_root())
		return lacks("a user name space",
			     "be root, or let users make user name spaces (sysctl "
			     "kernel.unprivileged_userns_clone, user.max_user_namespaces); in a "
			     "chroot no user may");
	if (unshare(CLONE_NEWNS))
		return lacks("a mount name space", "run it with CAP_SYS_ADMIN");
	if (!make_mounts_private())
		return lacks("mounts of its own (MS_PRIVATE)", "mount /proc, and run it with "
							       "CAP_SYS_ADMIN and CAP_SYS_CHROOT");
	if (!make_mount_point(state))
		return lacks("a mount point in the state directory",
			     "set LOSTWRITE_STATE to a directory of your own, not to a link");
	errno = 0;
	*session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!*session || fuse_session_mount(*session, served->dir))
		return lacks("mounting FUSE", "modprobe fuse");
	return NULL;
}

void hold_serve(struct hold_shared *shared)
{
	struct fuse_session *session;
	const char *wrong;

	child_bind();
	/* It outlives who had them open: a lock among them would last. */
	for (int fd = 3; fd < INHERITED; fd++)
		close(fd);
	served = shared;
	fuse_set_log_func(no_log);
	wrong = mount_fuse(&session);
	if (wrong) {
		shared->error = errno;
		shared->why = wrong;
		gate_set(&shared->mounted, HOLD_NOT_MOUNTED);
		_exit(1);
	}
	gate_set(&shared->mounted, HOLD_MOUNTED);
	serve(session);
	_exit(0);
}
#endif
