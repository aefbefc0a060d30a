// SPDX-License-Identifier: GPL-2.0-or-later
#include "need-disturb.h"
#include "memcg.h"
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* 5.14; not in older headers */
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* 6.13 */
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101 /* not in every libc's headers */
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* 5.7 */
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440 /* 5.10 */
#endif

bool need_memcg(struct need *need)
{
	char why[200];

	if (memcg_possible(why, sizeof(why)))
		return true;
	return need_lack(
		need, "run as root, and echo +memory > /sys/fs/cgroup/cgroup.subtree_control", why);
}

static long number_in(const char *path)
{
	long number = -1;
	FILE *file = fopen(path, "re");

	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

#define KDAMONDS "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds"

bool need_damon(struct need *need)
{
	long monitors = number_in(KDAMONDS);

	if (monitors < 0)
		return need_lack(need, "use a kernel from 5.18 on with CONFIG_DAMON_SYSFS",
				 "no DAMON in this kernel");
	if (access(KDAMONDS, W_OK))
		return need_lack(need, "run as root", "DAMON cannot be told anything");
	return !monitors || need_lack(need, "wait for it, or echo 0 > " KDAMONDS,
				      "somebody monitors memory with DAMON already");
}

/* An advice about nothing: a kernel that does not know it says EINVAL all the same. */
static bool knows_advice(int advice)
{
	char *page = mmap(NULL, pagemap_page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool known = page != MAP_FAILED && !madvise(page, 0, advice);

	if (page != MAP_FAILED)
		munmap(page, pagemap_page_size());
	return known;
}

bool need_populate(struct need *need)
{
	return knows_advice(MADV_POPULATE_WRITE) ||
	       need_lack(need, "use a kernel from 5.14 on", "no MADV_POPULATE_WRITE");
}

bool need_guard(struct need *need)
{
	return knows_advice(MADV_GUARD_INSTALL) ||
	       need_lack(need, "use a kernel from 6.13 on", "no MADV_GUARD_INSTALL");
}

bool need_dontunmap(struct need *need)
{
	size_t page = pagemap_page_size();
	int flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	char *from, *to;

	from = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = from == MAP_FAILED ? from : mremap(from, page, page, flags, NULL);
	if (from != MAP_FAILED)
		munmap(from, page);
	if (to != MAP_FAILED)
		munmap(to, page);
	return to != MAP_FAILED ||
	       need_lack(need, "use a kernel from 5.7 on", "no MREMAP_DONTUNMAP");
}

/* By address since 5.13: before that, any number splits every THP of the machine. */
bool need_split_folio(struct need *need)
{
	static const char knob[] = "/sys/kernel/debug/split_huge_pages";
	int fd = open(knob, O_WRONLY | O_CLOEXEC);
	bool by_address;

	if (fd < 0)
		return need_lack(need,
				 "mount -t debugfs debugfs /sys/kernel/debug, as root, on a kernel "
				 "with CONFIG_DEBUG_FS",
				 "no debugfs split_huge_pages");
	/* Of nobody: an older kernel finds a number that is not 1, and refuses that. */
	by_address = write(fd, "-1,0x0,0x1000", 13) >= 0 || errno != EINVAL;
	close(fd);
	return by_address ||
	       need_lack(need, "use a kernel from 5.13 on", "split_huge_pages takes no address");
}

bool need_compaction(struct need *need)
{
	return !access("/proc/sys/vm/compact_memory", W_OK) ||
	       need_lack(need, "run as root, on a kernel with CONFIG_COMPACTION",
			 "memory cannot be compacted");
}

bool need_numa_balancing(struct need *need)
{
	return !access("/proc/sys/kernel/numa_balancing", W_OK) ||
	       need_lack(need, "run as root, on a kernel with CONFIG_NUMA_BALANCING",
			 "NUMA balancing cannot be switched on");
}

bool need_soft_offline(struct need *need)
{
	return knows_advice(MADV_SOFT_OFFLINE) ||
	       need_lack(need, "run as root, on a kernel with CONFIG_MEMORY_FAILURE",
			 "no MADV_SOFT_OFFLINE");
}

/* Memory that is offline can become ZONE_MOVABLE, which has nothing in it that cannot move. */
bool need_memory_offline(struct need *need)
{
	glob_t found = { 0 };
	bool offline = false;
	char state[16];
	FILE *file;

	glob("/sys/devices/system/memory/memory*/state", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && !offline; i++) {
		file = fopen(found.gl_pathv[i], "re");
		offline = file && fscanf(file, "%15s", state) == 1 && !strcmp(state, "offline");
		if (file)
			fclose(file);
	}
	globfree(&found);
	return offline ||
	       need_lack(need, "use a virtual machine (lostwrite vm gives it a DIMM for this)",
			 "no memory block is offline");
}

bool need_disposable(struct need *need)
{
	const char *set = getenv("LOSTWRITE_DISPOSABLE");

	return (set && !strcmp(set, "1")) ||
	       need_lack(need,
			 "run it in a virtual machine (lostwrite vm), or say "
			 "LOSTWRITE_DISPOSABLE=1",
			 "what is taken from this machine cannot all be given back");
}

bool need_two_cpus(struct need *need)
{
	cpu_set_t cpus;

	return (!sched_getaffinity(0, sizeof(cpus), &cpus) && CPU_COUNT(&cpus) > 1) ||
	       need_lack(need, "give it two CPUs", "there is one CPU");
}

bool need_remote_advice(struct need *need)
{
	syscall(SYS_process_madvise, -1, NULL, 0, MADV_PAGEOUT, 0);
	return errno != ENOSYS ||
	       need_lack(need, "use a kernel from 5.10 on with CONFIG_ADVISE_SYSCALLS",
			 "no process_madvise");
}
