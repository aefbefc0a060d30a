// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include "fault.h"
#include "file.h"
#include "js.h"
#include "mem.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void add_uname(json_t *facts)
{
	struct utsname uts;
	json_t *object = json_object();

	uname(&uts);
	json_object_set_new(object, "release", js_text(uts.release));
	json_object_set_new(object, "version", js_text(uts.version));
	json_object_set_new(object, "machine", js_text(uts.machine));
	json_object_set_new(object, "host", js_text(uts.nodename));
	json_object_set_new(facts, "uname", object);
}

static void add_files(json_t *facts)
{
	static const struct {
		const char *key, *path;
	} files[] = {
		{ "boot_id", "/proc/sys/kernel/random/boot_id" },
		{ "command_line", "/proc/cmdline" },
		{ "nodes", "/sys/devices/system/node/online" },
		{ "thp_enabled", "/sys/kernel/mm/transparent_hugepage/enabled" },
		{ "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag" },
		{ "thp_shmem", "/sys/kernel/mm/transparent_hugepage/shmem_enabled" },
		{ "ksm_run", "/sys/kernel/mm/ksm/run" },
		{ "zswap", "/sys/module/zswap/parameters/enabled" },
		{ "swappiness", "/proc/sys/vm/swappiness" },
		{ "numa_balancing", "/proc/sys/kernel/numa_balancing" },
		{ "io_uring_disabled", "/proc/sys/kernel/io_uring_disabled" },
		{ "unprivileged_userfaultfd", "/proc/sys/vm/unprivileged_userfaultfd" },
		{ "clocksource",
		  "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	};
	char *line;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		line = file_line(files[i].path);
		json_object_set_new(facts, files[i].key, js_text(line));
		free(line);
	}
}

/* "MemTotal:       16315564 kB" */
static void add_memory(json_t *facts)
{
	static const char *const keys[] = { "MemTotal",	 "MemFree",  "MemAvailable",
					    "SwapTotal", "SwapFree", "HugePages_Total",
					    NULL };
	char *text = file_text("/proc/meminfo"), *line;
	json_t *object = json_object();

	for (size_t i = 0; text && keys[i]; i++) {
		line = strstr(text, keys[i]);
		if (line && line[strlen(keys[i])] == ':')
			json_object_set_new(
				object, keys[i],
				json_integer(strtoll(line + strlen(keys[i]) + 1, NULL, 10)));
	}
	json_object_set_new(facts, "memory_kb", object);
	free(text);
}

static void add_cpu(json_t *facts)
{
	char *text = file_text("/proc/cpuinfo");
	char *model = text ? strstr(text, "model name") : NULL;
	char *colon = model ? strchr(model, ':') : NULL;

	if (colon) {
		colon += strspn(colon, ": \t");
		colon[strcspn(colon, "\n")] = '\0';
	}
	json_object_set_new(facts, "cpu", js_text(colon));
	json_object_set_new(facts, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	free(text);
}

static void add_swaps(json_t *facts)
{
	char *text = file_text("/proc/swaps"), *line, *save;
	json_t *list = json_array();

	line = text ? strtok_r(text, "\n", &save) : NULL; /* the heading */
	while (line && (line = strtok_r(NULL, "\n", &save)))
		json_array_append_new(list, js_text(line));
	json_object_set_new(facts, "swaps", list);
	free(text);
}

/* Does LINE, "CONFIG_KSM=y", set an option that this suite cares about? */
static bool wanted(const char *line)
{
	static const char *const options[] = { "SWAP",
					       "ZSWAP",
					       "ZRAM",
					       "KSM",
					       "TRANSPARENT_HUGEPAGE",
					       "HUGETLBFS",
					       "NUMA",
					       "NUMA_BALANCING",
					       "MIGRATION",
					       "COMPACTION",
					       "CMA",
					       "USERFAULTFD",
					       "PTE_MARKER_UFFD_WP",
					       "MEM_SOFT_DIRTY",
					       "IO_URING",
					       "FUSE_FS",
					       "MEMCG",
					       "DAMON",
					       "GUP_TEST",
					       "MEMORY_FAILURE",
					       "PER_VMA_LOCK",
					       "LRU_GEN",
					       "DEBUG_VM",
					       "DEBUG_VM_PGTABLE",
					       "PAGE_TABLE_CHECK",
					       "PAGE_POISONING",
					       "KASAN",
					       "KFENCE",
					       "KCSAN",
					       "UBSAN",
					       "PROVE_LOCKING",
					       "DEBUG_LIST",
					       "PREEMPT",
					       "PREEMPT_RT",
					       NULL };
	size_t len;

	if (strncmp(line, "CONFIG_", 7))
		return false;
	line += 7;
	for (size_t i = 0; options[i]; i++) {
		len = strlen(options[i]);
		if (!strncmp(line, options[i], len) && line[len] == '=')
			return true;
	}
	return false;
}

static FILE *open_config(bool *piped)
{
	struct utsname uts;
	char *path;
	FILE *file;

	*piped = !access("/proc/config.gz", R_OK);
	if (*piped)
		return popen("exec gzip -dc /proc/config.gz 2>/dev/null", "re");
	uname(&uts);
	path = mem_text("/boot/config-%s", uts.release);
	file = fopen(path, "re");
	free(path);
	return file;
}

static void add_config(json_t *facts)
{
	bool piped;
	FILE *file = open_config(&piped);
	json_t *object = json_object();
	char *line = NULL, *value;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!wanted(line))
			continue;
		value = strchr(line, '=');
		*value++ = '\0';
		json_object_set_new(object, line, js_text(value));
	}
	free(line);
	if (file && piped)
		pclose(file);
	else if (file)
		fclose(file);
	json_object_set_new(facts, "config_readable", json_boolean(json_object_size(object)));
	json_object_set_new(facts, "config", object);
}

json_t *facts_collect(void)
{
	json_t *facts = json_object();

	add_uname(facts);
	add_files(facts);
	add_memory(facts);
	add_cpu(facts);
	add_swaps(facts);
	json_object_set_new(facts, "tainted", json_integer(fault_taint()));
	json_object_set_new(facts, "euid", json_integer(geteuid()));
	add_config(facts);
	return facts;
}
