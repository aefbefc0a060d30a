// SPDX-License-Identifier: GPL-2.0-or-later
#include "mix.h"
#include "fail.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MS 1000
#define MOST_BYTES (1ull << 34)

static struct {
	const char *roles, *arenas, *beside;
	unsigned int ms;
	bool bare;
	size_t bytes;
} user;

/* The next word of a comma-separated list, cut at CUT: "anon4k:16". NULL at the end. */
static char *next_word(char **list, char cut, char **value)
{
	char *word = strsep(list, ",");

	*value = NULL;
	if (!word)
		return NULL;
	*value = strchr(word, cut);
	if (*value)
		*(*value)++ = '\0';
	return word;
}

static const char **role_names(void)
{
	static const char *names[MIX_ROLES + 1];

	for (unsigned int i = 0; storm_roles[i]; i++)
		names[i] = storm_roles[i]->name;
	return names;
}

static unsigned int role_index(const char *name)
{
	char said[256];

	for (unsigned int i = 0; storm_roles[i]; i++)
		if (!strcmp(storm_roles[i]->name, name))
			return i;
	opt_usage("--roles: there is no role '%.40s'%s", name,
		  opt_did_you_mean(name, role_names(), said, sizeof(said)));
}

static void read_roles(struct mix *mix, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word, *value;
	unsigned int i, all = 0;

	if (!copy)
		fail("memory");
	while ((word = next_word(&rest, '=', &value))) {
		if (!strcmp(word, "none") && !value) {
			memset(mix->count, 0, sizeof(mix->count));
			continue;
		}
		i = role_index(word);
		mix->count[i] = opt_number("--roles", value ? value : "1", 0, MIX_THREADS);
	}
	free(copy);
	for (i = 0; storm_roles[i]; i++)
		all += mix->count[i];
	if (!all || all > STORM_RACERS)
		opt_usage("--roles: %u threads in all; there must be 1 to %u", all, STORM_RACERS);
}

static enum map_kind kind_of(const char *name)
{
	const char *names[MAP_KINDS + 1] = { NULL };
	char said[256];

	for (enum map_kind kind = 0; kind < MAP_KINDS; kind++) {
		names[kind] = map_kind_name(kind);
		if (!strcmp(names[kind], name) && kind != MAP_KIND_ZERO && kind != MAP_KIND_KSM)
			return kind;
	}
	opt_usage("--arena: there is no memory '%.40s' for a storm%s", name,
		  opt_did_you_mean(name, names, said, sizeof(said)));
}

static void read_arenas(struct mix *mix, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word, *value;

	if (!copy)
		fail("memory");
	mix->arenas = 0;
	while ((word = next_word(&rest, ':', &value))) {
		if (mix->arenas == STORM_ARENAS)
			opt_usage("--arena: at most %u", STORM_ARENAS);
		mix->arena[mix->arenas].kind = kind_of(word);
		mix->arena[mix->arenas++].pages =
			opt_number("--arena", value ? value : "16", 1, MOST_BYTES / STAMP_PAGE);
	}
	free(copy);
}

/* Of all arenas together, as they are to each other. */
static void scale(struct mix *mix, size_t bytes)
{
	size_t all = 0;

	for (unsigned int i = 0; i < mix->arenas; i++)
		all += mix->arena[i].pages;
	for (unsigned int i = 0; i < mix->arenas; i++) {
		size_t pages = (double)mix->arena[i].pages / all * bytes / STAMP_PAGE;

		mix->arena[i].pages = pages ? pages : 1;
	}
}

/* Who would be told wrong beside whom, which is no fault of the kernel's; a role and itself: one thread. */
static const struct {
	const char *one, *other, *why;
} apart[] = {
	{ "uffd-toggler", "uffd-toggler", "memory has one userfaultfd" },
	{ "uffd-toggler", "uffd-tracker", "memory has one userfaultfd" },
	{ "uffd-toggler", "async-tracker", "memory has one userfaultfd" },
	{ "uffd-tracker", "uffd-tracker", "memory has one userfaultfd" },
	{ "uffd-tracker", "async-tracker", "memory has one userfaultfd" },
	{ "async-tracker", "async-tracker", "memory has one userfaultfd" },
	{ "uffd-toggler", "mremapper", "userfaultfd loses what mremap moves" },
	{ "uffd-tracker", "mremapper", "userfaultfd loses what mremap moves" },
	{ "async-tracker", "mremapper", "userfaultfd loses what mremap moves" },
	{ "uffd-tracker", "puncher", "what is dropped is protected no more" },
	{ "uffd-tracker", "truncater", "what is dropped is protected no more" },
	{ "async-tracker", "puncher", "what is dropped is protected no more" },
	{ "async-tracker", "truncater", "what is dropped is protected no more" },
	{ "soft-dirty-tracker", "soft-dirty-tracker", "clear_refs is for all of a process" },
	{ "soft-dirty-tracker", "clear-refs", "clear_refs is for all of a process" },
};

static void check_apart(const struct mix *mix)
{
	for (size_t i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
		unsigned int one = role_index(apart[i].one), other = role_index(apart[i].other);

		if (one == other && mix->count[one] > 1)
			opt_usage("--roles: only one %s: %s", apart[i].one, apart[i].why);
		if (one != other && mix->count[one] && mix->count[other])
			opt_usage("--roles: %s and %s do not go together: %s; '%s=0'", apart[i].one,
				  apart[i].other, apart[i].why, apart[i].other);
	}
}

void mix_of(const struct storm_mix *from, struct mix *mix)
{
	*mix = (struct mix){ .ms = user.ms ? user.ms : DEFAULT_MS,
			     .sparse = from->sparse,
			     .bare = user.bare,
			     .beside = user.beside };
	read_roles(mix, from->roles);
	if (user.roles)
		read_roles(mix, user.roles);
	read_arenas(mix, user.arenas ? user.arenas : from->arenas);
	if (user.bytes)
		scale(mix, user.bytes);
	check_apart(mix);
}

/* --- options --- */

static void set_roles(const char *text)
{
	struct mix mix = { 0 };

	mix.count[0] = 1; /* all of them may be 0 here: the cell has more */
	read_roles(&mix, text);
	user.roles = text;
}

static void set_arenas(const char *text)
{
	struct mix mix;

	read_arenas(&mix, text);
	user.arenas = text;
}

/* 500ms, 10s, 5m. */
static void set_ms(const char *text)
{
	size_t len = strspn(text, "0123456789");
	char number[16];

	if (len && len < sizeof(number) && !strcmp(text + len, "ms")) {
		memcpy(number, text, len);
		number[len] = '\0';
		user.ms = opt_number("--for", number, 1, 86400000);
	} else {
		user.ms = 1000 * opt_duration("--for", text, 86400);
	}
	case_patience(user.ms / 1000 + MIX_SLACK);
}

/* 64m, 2g: k, m and g are powers of two. */
static void set_bytes(const char *text)
{
	char number[24];
	size_t len = strcspn(text, "kmg");
	unsigned int shift = text[len] == 'g'	? 30
			     : text[len] == 'm' ? 20
			     : text[len] == 'k' ? 10
						: 0;

	if (len >= sizeof(number) || (text[len] && text[len + 1]))
		opt_usage("--memory: '%.40s' is no size (64k, 16m, 1g)", text);
	memcpy(number, text, len);
	number[len] = '\0';
	user.bytes = opt_number("--memory", number, 1, MOST_BYTES >> shift) << shift;
}

static void list_roles(const char *none)
{
	for (unsigned int i = 0; storm_roles[i]; i++)
		printf("%-18s %s\n", storm_roles[i]->name, storm_roles[i]->summary);
	exit(fflush(stdout) || ferror(stdout) ? BROKEN : 0);
}

static void set_bare(const char *none)
{
	user.bare = true;
}

static void set_beside(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word, *value;

	if (!copy)
		fail("memory");
	while ((word = next_word(&rest, '=', &value))) {
		if (!*word || strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word))
			opt_usage("--beside: '%.40s' is no stressor of stress-ng", word);
		opt_number("--beside", value ? value : "1", 1, 64);
	}
	free(copy);
	user.beside = text;
}

const struct case_option mix_options[] = {
	{ "list-roles", NULL, "print the roles, one a line", list_roles },
	{ "roles", "LIST", "threads of each role: writer=4,forker=0; none,writer=1", set_roles },
	{ "arena", "LIST", "memory: anon4k:16,thp:1024 (kind and pages)", set_arenas },
	{ "memory", "SIZE", "bytes of all arenas together: 16m", set_bytes },
	{ "for", "TIME", "how long a round lasts: 500ms, 10s, 5m", set_ms },
	{ "beside", "LIST", "stress-ng beside it: vm=1,io=2", set_beside },
	{ "bare", NULL, "the system calls alone, unchecked: inconclusive, for bench/", set_bare },
	{ 0 },
};
