// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-cache.h"

#include "config.h"
#include "mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define BLOCK 65536

void bisect_cache_open(struct bisect_cache *c, const char *cache)
{
	char *dir = cache ? mem_text("%s/bisect", cache) : NULL;

	*c = (struct bisect_cache){ .path = NULL };
	bisect_cache_add(c, PACKAGE_VERSION);
	if (!dir)
		return;
	c->path = mem_text("%s/verdicts", dir);
	free(dir);
}

void bisect_cache_close(struct bisect_cache *c)
{
	free(c->path);
}

void bisect_cache_add(struct bisect_cache *c, const char *text)
{
	c->what = XXH64(text, strlen(text) + 1, c->what);
}

void bisect_cache_add_file(struct bisect_cache *c, const char *path)
{
	FILE *file = fopen(path, "re");
	char *block = mem_zero(1, BLOCK);
	size_t len;

	while (file && (len = fread(block, 1, BLOCK, file)) > 0)
		c->what = XXH64(block, len, c->what);
	if (file)
		fclose(file);
	free(block);
}

static uint64_t key_of(const struct bisect_cache *c, const char *id, const char *signature)
{
	uint64_t key = XXH64(id, strlen(id) + 1, c->what);

	return XXH64(signature, strlen(signature) + 1, key);
}

bool bisect_cache_find(const struct bisect_cache *c, const char *id, const char *signature,
		       struct bisect_tally *t)
{
	FILE *file = c->path ? fopen(c->path, "re") : NULL;
	uint64_t key = key_of(c, id, signature), of;
	struct bisect_tally line;
	bool found = false;

	if (!file)
		return false;
	while (fscanf(file, "%" SCNx64 " %u %u %u %u%*[^\n]", &of, &line.hits, &line.clean,
		      &line.other, &line.invalid) == 5)
		if (of == key) {
			*t = line;
			found = true;
		}
	fclose(file);
	return found;
}

/* One write, so that two bisections at once do not mix their lines. */
void bisect_cache_keep(const struct bisect_cache *c, const char *id, const char *signature,
		       const struct bisect_tally *t)
{
	int fd = c->path ? open(c->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%016" PRIx64 " %u %u %u %u %s\n", key_of(c, id, signature), t->hits, t->clean,
		t->other, t->invalid, id);
	close(fd);
}
