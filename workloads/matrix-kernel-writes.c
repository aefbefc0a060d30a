// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-kernel-writes: every memory x state x way in which the kernel stores or loads
 *
 * Story    The kernel stores for a program all the time: read(2), recv(2), a
 *          debugger's poke. Much of it goes through the page table like a store
 *          of the program's own. Some of it pins the page and writes to the
 *          page: then somebody has to say that it was written, or reclaim finds
 *          a clean page and drops it.
 * Seen as  The call succeeded, the data was there, and after some memory
 *          pressure old content is back, or zeros.
 * Fixed    The receivers that decrypt in place (AF_ALG, kernel TLS) nowhere yet:
 *          crypto/af_alg.c, af_alg_free_sg(), unpins and net/tls/tls_sw.c,
 *          tls_decrypt_sg(), puts the pages they wrote to without dirtying
 *          them, and gup-fast takes a writable, clean PTE as it is.
 * Steps    1 memory in a state  2 the kernel stores  3 maybe page out  4 every
 *          byte is as it was stored. Or, for a load: 2 maybe page out  3 what
 *          the kernel reads is what was stored.
 * Notes    A cell's id is memory.state.way, then "dropped" where it is paged out.
 *          It needs swap on a disk: zram is synchronous and skips the swap cache.
 */
#include "cells.h"

#include <string.h>

enum { MEMORY, STATE, WAY, PART, END };

static const struct cells_value ways[] = {
	{ "process-vm", "store process-vm 2" },
	{ "proc-mem", "store proc-mem 2" },
	{ "forced", "store forced 2" },
	{ "file", "store file 2" },
	{ "odirect", "store odirect 2" },
	{ "uring", "store uring 2" },
	{ "pipe", "store pipe 2" },
	{ "splice", "store splice 2" },
	{ "socket", "store socket 2" },
	{ "af-alg", "store af-alg 2" },
	{ "ktls", "store ktls 2" },
	{ "uffd-copy", "store uffd-copy 2" },
	{ "poke", "fork a\npoke a 2", NULL, "a: pageout\na: check\n" },
	{ "load-process-vm", NULL, "load process-vm" },
	{ "load-proc-mem", NULL, "load proc-mem" },
	{ "load-file", NULL, "load file" },
	{ "load-odirect", NULL, "load odirect" },
	{ "load-uring", NULL, "load uring" },
	{ "load-pipe", NULL, "load pipe" },
	{ "load-socket", NULL, "load socket" },
	{ 0 },
};

static const struct cells_value parts[] = {
	{ "whole", "pages 0-15", .unnamed = true },
	{ "crossing", "sectors 12 8" }, /* half of one page, half of the next */
	{ 0 },
};

static const struct cells_value ends[] = {
	{ "nothing", "" },
	{ "dropped", "pageout\n" },
	{ 0 },
};

#define COPIES "file|pipe|splice|socket" /* by copy_to_user(): stores of our own */

static const struct case_cannot cannot[] = {
	CELLS_NOT_RECLAIMED(".swapped|swapcache"),
	{ "!" CELLS_ANONS ".lazyfree", "MADV_FREE is for anonymous pages of one process" },
	{ "!shared-anon|memfd.hole", "only shmem is clean and in no file" },
	{ CELLS_SHARED ".forked", "of shared memory every write is everybody's" },
	{ "!" CELLS_COPIES ".of-the-file", "no file is behind the memory" },
	{ "*.forked|of-the-file.load-*|poke", "not crossed: who reads or pokes spoils nothing" },
	{ "*.forked|of-the-file.*.*.dropped", "not crossed: see dirty" },
	{ "hugetlb|file|file-private.*.uffd-copy",
	  "not crossed: only anonymous memory and shmem are filled by userfaultfd" },
	{ "*.*.uffd-copy.crossing", "whole pages only" },
	{ CELLS_SHARED "|hugetlb.*.forced",
	  "only private memory is written in spite of its protection" },
	{ CELLS_SHARED ".*.poke", "not crossed: of shared memory there is one page to write" },
	{ "*.lazyfree.load-*|poke",
	  "a load may read zeros as well, and a fork keeps nothing lazy" },
	{ "*.!dirty|swapcache|lazyfree|hole|forked|of-the-file." COPIES "|load-*|poke",
	  "not crossed: it goes through the page table, which the other ways have tried" },
	{ "*.*.load-*|poke|" COPIES ".crossing",
	  "not crossed: parts are about the page's two halves" },
	{ "*.!dirty.*.crossing", "not crossed: the same" },
	CELLS_NOT_RECLAIMED(".*.*.*.dropped"),
	{ "*.*.*.crossing.dropped", "not crossed: parts are about where bytes meet" },
	{ 0 },
};

static const struct cells_known known[] = {
	{ CELLS_ANONS "|" CELLS_COPIES ".swapcache|lazyfree.af-alg|ktls.*.dropped",
	  .open = "decrypting into a clean page leaves it clean, no fix known 2026-11" },
	{ "shared-anon|memfd.hole.af-alg|ktls.*.dropped",
	  .open = "decrypting into a clean page leaves it clean, no fix known 2026-11" },
	{ 0 },
};

/* What a run of a few seconds should have tried. */
static const char *const core[] = {
	"anon4k|memfd.*.*.whole.*",
	"*.forked|of-the-file.process-vm|forced|odirect|uring.whole.nothing",
	NULL,
};

static void scene(FILE *out, const struct cells_value *const *value)
{
	const struct cells_value *way = value[WAY];
	bool dropped = *value[END]->lines;

	fprintf(out, "map %s 16\n%s", value[MEMORY]->name, value[STATE]->lines);
	if (way->lines)
		fprintf(out, "%s %s\n", way->lines, value[PART]->lines);
	if (dropped)
		fputs(way->last ? way->last : value[END]->lines, out);
	if (way->later)
		fprintf(out, "%s\n", way->later);
	fputs(way->last ? "a: check\ncheck\n" : "check\n", out);
	if (strstr(value[STATE]->lines, "fork f"))
		fputs("f: check\n", out);
	if (!strncmp(value[STATE]->lines, "dontneed", 8))
		fputs("dontneed\ncheck\n", out);
}

/*
 * Those of every matrix; shared memory that was only read: clean, and in no file; pages that
 * are another process's, too, or a file's: the kernel must not store there.
 */
static const struct cells_value *states(void)
{
	static struct cells_value all[16];
	unsigned int n = 0;

	while (cells_states[n].name) {
		all[n] = cells_states[n];
		n++;
	}
	all[n++] = (struct cells_value){ "hole", "punch\nread\n" };
	all[n++] = (struct cells_value){ "forked", "fork f\n" };
	all[n] = (struct cells_value){ "of-the-file", "dontneed\nread\n" };
	return all;
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-kernel-writes",
		.kind = "matrix",
		.summary = "every memory x state x way in which the kernel stores: nothing is lost",
		.tags = "matrix reclaim",
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:c18160dba5ff",
		.seconds = 120,
		.rounds = 1,
		.counters = { { "exposed" }, { "disturbed" }, { "checked", true } },
	};
	const struct cells cells = {
		.axis = { cells_kinds(), states(), ways, parts, ends },
		.about = WAY,
		.cannot = cannot,
		.known = known,
		.core = core,
		.scene = scene,
	};

	cells_make(&info, &cells);
	return case_main(argc, argv, &info, cells_run);
}
