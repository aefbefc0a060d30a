// SPDX-License-Identifier: GPL-2.0-or-later
#include "need.h"
#include "config.h"
#include "crypt.h"
#include "hold.h"
#include "knob.h"
#include "need-disturb.h"
#include "pagemap.h"
#include "pin.h"
#include "res.h"
#include "slow.h"
#include "uffd-fill.h"
#include "uffd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SWAP_BYTES  (64u << 20)
#define HUGETLB_FEW 8 /* pages: of the largest buffer of a case, and for its copies */

__attribute__((format(printf, 3, 4))) static bool missing(struct need *need, const char *remedy,
							  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(need->reason, sizeof(need->reason), fmt, ap);
	va_end(ap);
	snprintf(need->remedy, sizeof(need->remedy), "%s", remedy);
	return false;
}

bool need_lack(struct need *need, const char *remedy, const char *reason)
{
	return missing(need, remedy, "%s", reason);
}

static bool has_capability(int capability)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[capability / 32].effective >> capability % 32 & 1;
}

static bool probe_root(struct need *need)
{
	if (has_capability(CAP_SYS_ADMIN))
		return true;
	return missing(need, "run as root", "CAP_SYS_ADMIN is missing");
}

/*
 * A disk or file swap of the user's own: zram and other memory skip the swap
 * cache, and another lostwrite takes its file away again.
 */
bool need_disk_swap(void)
{
	char line[512], path[256], type[32];
	FILE *swaps = fopen("/proc/swaps", "re");
	bool found = false;

	while (swaps && fgets(line, sizeof(line), swaps))
		if (sscanf(line, "%255s %31s", path, type) == 2 &&
		    (!strcmp(type, "partition") || !strcmp(type, "file")))
			found |= !strstr(path, "/zram") && !strstr(path, "/lostwrite-");
	if (swaps)
		fclose(swaps);
	return found;
}

static bool probe_swap(struct need *need)
{
	if (need_disk_swap())
		return true;
	if (!has_capability(CAP_SYS_ADMIN))
		return missing(need, "run as root, or swapon a disk or file",
			       "no disk or file swap is active and none can be made without "
			       "CAP_SYS_ADMIN");
	if (!res_swap_possible(SWAP_BYTES))
		return missing(need, "or swapon a disk or file", "%s", res_why());
	return true;
}

static bool probe_fuse(struct need *need)
{
	char why[200];

	if (hold_possible(why, sizeof(why)))
		return true;
	return missing(need, hold_remedy(), "%s", why);
}

static bool probe_io_uring(struct need *need)
{
	char why[200];

	if (pin_uring_possible(why, sizeof(why)))
		return true;
	return missing(need, pin_uring_remedy(), "%s", why);
}

static bool probe_aio(struct need *need)
{
	char why[200];

	if (pin_aio_possible(why, sizeof(why)))
		return true;
	return missing(need, pin_aio_remedy(), "%s", why);
}

static bool probe_pageout(struct need *need)
{
	size_t page = pagemap_page_size();
	void *mem = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool ok = mem != MAP_FAILED && !madvise(mem, page, MADV_PAGEOUT);

	if (mem != MAP_FAILED)
		munmap(mem, page);
	return ok || missing(need, "use a kernel from 5.4 on with CONFIG_SWAP", "MADV_PAGEOUT: %s",
			     strerror(errno));
}

static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got >= 0;
}

#define THP "/sys/kernel/mm/transparent_hugepage/"

static bool probe_thp(struct need *need)
{
	char text[128];

	if (!read_text(THP "enabled", text, sizeof(text)))
		return missing(need, "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
			       "no transparent huge pages in this kernel");
	if (strstr(text, "[never]"))
		return missing(need, "echo madvise > " THP "enabled",
			       "transparent huge pages are switched off");
	return true;
}

static bool probe_mthp(struct need *need)
{
	if (!access(THP "hugepages-64kB/enabled", F_OK))
		return true;
	return missing(need, "use a kernel from 6.8 on with CONFIG_TRANSPARENT_HUGEPAGE",
		       "no multi-size transparent huge pages in this kernel");
}

static bool probe_hugetlb(struct need *need)
{
	char text[32];
	long free;

	if (!read_text("/proc/sys/vm/nr_hugepages", text, sizeof(text)))
		return missing(need, "use a kernel with CONFIG_HUGETLBFS",
			       "no hugetlb pages in this kernel");
	free = knob_meminfo("HugePages_Free");
	if (free < HUGETLB_FEW && !has_capability(CAP_SYS_ADMIN))
		return missing(need, "run as root, or sysctl vm.nr_hugepages=8",
			       "the hugetlb pool has %ld free pages", free);
	return true;
}

static bool probe_ksm(struct need *need)
{
	if (access("/sys/kernel/mm/ksm/run", F_OK))
		return missing(need, "use a kernel with CONFIG_KSM", "no KSM in this kernel");
	if (access("/sys/kernel/mm/ksm/run", W_OK))
		return missing(need, "run as root", "KSM cannot be started");
	return true;
}

static bool probe_two_nodes(struct need *need)
{
	char text[64];

	read_text("/sys/devices/system/node/has_memory", text, sizeof(text));
	if (strpbrk(text, ",-"))
		return true;
	return missing(need, "use a machine or VM with two NUMA nodes",
		       "memory is all in one NUMA node");
}

static bool probe_uffd(struct need *need, enum uffd_kind kind, const char *remedy)
{
	char why[200];

	if (uffd_possible(kind, why, sizeof(why)))
		return true;
	return missing(need, remedy, "%s", why);
}

static bool probe_uffd_wp(struct need *need)
{
	return probe_uffd(need, UFFD_ANON,
			  "use a kernel from 5.7 on with CONFIG_USERFAULTFD; before 5.11 as "
			  "root or with vm.unprivileged_userfaultfd=1");
}

static bool probe_uffd_kernel(struct need *need)
{
	return uffd_of_kernel() || missing(need, "run as root or set vm.unprivileged_userfaultfd=1",
					   "userfaultfd tells a user of user-mode faults only");
}

static bool probe_uffd_shmem(struct need *need)
{
	return probe_uffd(need, UFFD_SHMEM,
			  "use a kernel from 5.19 on with "
			  "CONFIG_PTE_MARKER_UFFD_WP");
}

static bool probe_uffd_huge(struct need *need)
{
	return probe_uffd(need, UFFD_HUGETLB,
			  "use a kernel from 5.19 on with "
			  "CONFIG_PTE_MARKER_UFFD_WP");
}

static bool probe_uffd_async(struct need *need)
{
	return probe_uffd(need, UFFD_ASYNC, "use a kernel from 6.7 on");
}

static bool probe_scan(struct need *need)
{
	if (pagemap_scan_possible())
		return true;
	return missing(need, "use a kernel from 6.7 on", "no PAGEMAP_SCAN in this kernel");
}

static bool probe_soft_dirty(struct need *need)
{
	size_t page = pagemap_page_size();
	char *mem = mmap(NULL, page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	bool ok;

	if (mem == MAP_FAILED)
		return missing(need, "free some memory", "no page to probe with");
	*(volatile char *)mem = 1;
	ok = pagemap_of(mem).soft_dirty;
	munmap(mem, page);
	return ok || missing(need, "use a kernel with CONFIG_MEM_SOFT_DIRTY",
			     "this kernel tracks no soft-dirty bits");
}

static bool probe_pfn(struct need *need)
{
	if (pagemap_pfns_visible() && pagemap_flags_visible())
		return true;
	return missing(need, "run as root", "pagemap hides page frame numbers");
}

/* Some guests' kernels give a page of zeros instead, which their host can take back. */
static bool probe_zero_page(struct need *need)
{
	size_t page = pagemap_page_size();
	char *mem = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool ok;

	if (mem == MAP_FAILED)
		return missing(need, "free some memory", "no page to probe with");
	(void)*(volatile char *)mem;
	ok = !pagemap_flags_visible() ||
	     pagemap_flags(pagemap_of(mem).pfn) >> PAGEMAP_KPF_ZERO_PAGE & 1;
	munmap(mem, page);
	return ok || missing(need,
			     "use a kernel that maps it (a parameter in /proc/cmdline may "
			     "forbid it, such as pvm_no_zero_page)",
			     "a load of memory that is not there maps no zero page");
}

static bool probe_cgroup2(struct need *need)
{
	char type[64], path[256], line[600], text[300], controllers[256];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false, memory = false;

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %255s %63s", path, type) != 2 || strcmp(type, "cgroup2"))
			continue;
		found = true;
		snprintf(text, sizeof(text), "%s/cgroup.controllers", path);
		memory |= read_text(text, controllers, sizeof(controllers)) &&
			  strstr(controllers, "memory") && !access(path, W_OK);
	}
	if (mounts)
		fclose(mounts);
	if (memory)
		return true;
	return missing(need,
		       "boot with cgroup2 owning the memory controller "
		       "(systemd.unified_cgroup_hierarchy=1), as root",
		       found ? "cgroup2 has no memory controller here" : "no cgroup2 is mounted");
}

static bool probe_o_direct(struct need *need)
{
	int fd = res_scratch_file(O_DIRECT);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	return missing(need, "set LOSTWRITE_SCRATCH to a directory on a disk",
		       "no O_DIRECT file in %s: %s", res_scratch_dir(), strerror(errno));
}

/* A module of ours that can tell whether it works here. */
static bool probe_module(struct need *need, bool (*possible)(char *why, size_t size),
			 const char *remedy)
{
	char why[200];

	return possible(why, sizeof(why)) || missing(need, remedy, "%s", why);
}

static bool probe_zerocopy(struct need *need)
{
	return probe_module(need, pin_zerocopy_possible, pin_zerocopy_remedy());
}

static bool probe_send_zc(struct need *need)
{
	return probe_module(need, pin_send_zc_possible, pin_send_zc_remedy());
}

static bool probe_gup_test(struct need *need)
{
	return probe_module(need, pin_gup_possible, pin_gup_remedy());
}

static bool probe_slow_disk(struct need *need)
{
	return probe_module(need, slow_possible, slow_remedy());
}

static bool probe_af_alg(struct need *need)
{
	return probe_module(need, crypt_alg_possible, crypt_alg_remedy());
}

static bool probe_ktls(struct need *need)
{
	return probe_module(need, crypt_tls_possible, crypt_tls_remedy());
}

static bool probe_uffd_fill(struct need *need, enum uffd_fill how)
{
	char why[200];

	return uffd_fill_possible(how, why, sizeof(why)) ||
	       missing(need, uffd_fill_remedy(how), "%s", why);
}

static bool probe_uffd_copy(struct need *need)
{
	return probe_uffd_fill(need, UFFD_FILL_COPY);
}

static bool probe_uffd_minor(struct need *need)
{
	return probe_uffd_fill(need, UFFD_FILL_CONTINUE);
}

static bool probe_uffd_move(struct need *need)
{
	return probe_uffd_fill(need, UFFD_FILL_MOVE);
}

static const struct {
	const char *name;
	bool (*probe)(struct need *need);
} table[NEED_COUNT] = {
	{ "root", probe_root },
	{ "swap", probe_swap },
	{ "fuse", probe_fuse },
	{ "io_uring", probe_io_uring },
	{ "aio", probe_aio },
	{ "pageout", probe_pageout },
	{ "thp", probe_thp },
	{ "mthp", probe_mthp },
	{ "hugetlb", probe_hugetlb },
	{ "ksm", probe_ksm },
	{ "two-nodes", probe_two_nodes },
	{ "uffd-wp", probe_uffd_wp },
	{ "uffd-wp-shmem", probe_uffd_shmem },
	{ "uffd-wp-hugetlb", probe_uffd_huge },
	{ "uffd-wp-async", probe_uffd_async },
	{ "pagemap-scan", probe_scan },
	{ "soft-dirty", probe_soft_dirty },
	{ "pfn", probe_pfn },
	{ "cgroup2", probe_cgroup2 },
	{ "o-direct", probe_o_direct },
	{ "memcg", need_memcg },
	{ "damon", need_damon },
	{ "populate", need_populate },
	{ "mremap-dontunmap", need_dontunmap },
	{ "split-folio", need_split_folio },
	{ "compaction", need_compaction },
	{ "numa-balancing", need_numa_balancing },
	{ "soft-offline", need_soft_offline },
	{ "disposable", need_disposable },
	{ "two-cpus", need_two_cpus },
	{ "process-madvise", need_remote_advice },
	{ "zerocopy", probe_zerocopy },
	{ "send-zc", probe_send_zc },
	{ "gup-test", probe_gup_test },
	{ "slow-disk", probe_slow_disk },
	{ "af-alg", probe_af_alg },
	{ "ktls", probe_ktls },
	{ "uffd-fill", probe_uffd_copy },
	{ "uffd-minor", probe_uffd_minor },
	{ "uffd-move", probe_uffd_move },
	{ "memory-offline", need_memory_offline },
	{ "uffd-kernel", probe_uffd_kernel },
	{ "guard", need_guard },
	{ "zero-page", probe_zero_page },
};

static unsigned int index_of(uint64_t bit)
{
	return __builtin_ctzll(bit);
}

const char *need_name(uint64_t bit)
{
	return table[index_of(bit)].name;
}

void need_probe(uint64_t bit, struct need *out)
{
	*out = (struct need){ .name = need_name(bit) };
	out->ok = table[index_of(bit)].probe(out);
}

void need_memory(size_t bytes, struct need *out)
{
	unsigned long kb = knob_meminfo("MemAvailable");

	*out = (struct need){ .name = "memory", .ok = !kb || kb >= bytes >> 10 };
	if (!out->ok)
		missing(out, "free some memory", "%zu MB needed, %lu MB available", bytes >> 20,
			kb >> 10);
}

static size_t tell(const struct need *need, char *text, size_t size)
{
	int n = snprintf(text, size, "%s: %s; %s", need->name, need->reason, need->remedy);

	return n < (int)size ? (size_t)n : size;
}

unsigned int need_missing(uint64_t needs, size_t bytes, char *text, size_t size)
{
	static uint64_t seen; /* what is there stays: a matrix asks thousands of times */
	unsigned int count = 0;
	struct need need;
	size_t used = 0;

	needs &= ~seen;
	for (unsigned int i = 0; i <= NEED_COUNT; i++) {
		if (i == NEED_COUNT)
			need_memory(bytes, &need);
		else if (needs >> i & 1)
			need_probe(1ull << i, &need);
		else
			continue;
		if (need.ok) {
			seen |= i < NEED_COUNT ? 1ull << i : 0;
			continue;
		}
		if (count++ && used < size)
			used += snprintf(text + used, size - used, " | ");
		if (used < size)
			used += tell(&need, text + used, size - used);
	}
	return count;
}
