/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inline: one C file of what a scene or a reproducer needs, and nothing else.
 *
 * The suite's own sources are in this program as text (tools/embed). A source is
 * cut into its declarations at file level, *chunks*; those that main() reaches
 * are printed. Of them, what is for other scenes goes: the cases of a switch, the
 * rows of a table and the members of a struct that stand for constants nobody
 * here gives. So a new operation needs no second form: what it calls comes along.
 *
 * Only the harness (options, supervisor, undo log, KTAP) is replaced, by the few
 * functions of scene/standalone/, which have the names of those they stand for.
 *
 * It leans on the form that clang-format gives the sources, not on all of C.
 */
#ifndef LOSTWRITE_SCENE_INLINE_H
#define LOSTWRITE_SCENE_INLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Generated: every source, by its path in the tree. Ended by a NULL path. */
struct inline_source {
	const char *path, *text;
};
extern const struct inline_source inline_sources[];

/* --- inline-text.c: memory that goes with the program, words and brackets --- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_COMMENT, TOKEN_STRING, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	const char *at;
	size_t len;
};

/* The token at or behind AT; "->", "==", "&&" and the like are one sign each. */
struct token token_at(const char *at);
struct token token_next(struct token token);
bool token_is(struct token token, const char *text);

/* The first character behind the bracket that closes the one at AT. */
const char *text_close(const char *at);

__attribute__((format(printf, 1, 2))) char *text_make(const char *fmt, ...);
char *text_part(const char *from, const char *to);
/* TEXT without [FROM, TO), which are in it. */
char *text_cut(const char *text, const char *from, const char *to);
void *text_memory(size_t size);

/* --- inline-chunk.c: sources cut into chunks --- */

enum chunk_kind {
	CHUNK_MACRO,
	CHUNK_TYPE,
	CHUNK_ENUM,
	CHUNK_FUNCTION,
	CHUNK_VARIABLE,
	CHUNK_PROTO
};

#define CHUNK_NAMES 48
#define FILES_MAX   256

struct file {
	const char *path, *include[40]; /* of the system */
	struct chunk *chunk;		/* in the order of the file */
	bool standin, main, header;
	bool scene;	 /* the main() of one: it names the functions of operations */
	bool done, open; /* for the order */
};

struct chunk {
	struct chunk *next;
	struct file *file;
	enum chunk_kind kind;
	bool local;		       /* seen in its own file only */
	const char *text;	       /* with the comment above it */
	const char *name[CHUNK_NAMES]; /* "struct map" for tags; of an enum its constants too */
	const char *now;	       /* without what is for others */
	bool live, seen;
	bool open;
};

extern struct file inline_files[FILES_MAX];
extern unsigned int inline_file_count;

/* Takes all sources in. */
void chunk_load(void);
/* One more, as the file with main(). */
struct file *chunk_add(const char *path, const char *text);
bool chunk_names(const struct chunk *chunk, const char *name, size_t len);

/* What NAME means in FILE, or NULL: not ours. */
struct chunk *chunk_find(const struct file *file, const char *name, size_t len);

/* The constant of "enum TAG" with this value, by its place. NULL: none. */
const char *chunk_constant(const char *tag, unsigned int value);

/* --- inline-prune.c --- */

/* Constants and members that something gives or uses. */
struct live {
	const char *word[4096];
	unsigned int count;
};
bool live_has(const struct live *live, const char *word, size_t len);
void live_add(struct live *live, const char *word, size_t len);

/* Is WORD, behind BEFORE and in front of AFTER, only compared with? */
bool prune_compares(struct token before, struct token word, struct token after);

/* Of a scene nothing is counted. */
extern bool prune_scene;

/* The end of the statement at AT: a block, or up to its ';'. */
const char *prune_statement_end(const char *at);

/* The text of CHUNK without what is for constants and members that are not LIVE. */
const char *prune(const struct chunk *chunk, const struct live *live);
const char *prune_enum(const char *text, bool (*used)(const char *word, size_t len));

/* --- inline-known.c: what is the same for all of one scene --- */

/* TEXT stands for VALUE from here on; a FUNCTION is not NULL. What was added first wins. */
void known_add(const char *text, const char *value, bool function);
const char *known_apply(const char *text);
bool known_function(const char *name, size_t len);

/* --- inline-reach.c --- */

/*
 * Marks what main() of ROOT reaches. False with WHY when something is declared
 * that has no standalone form.
 */
bool reach(struct file *root, char *why, size_t size);

/* --- inline-print.c --- */

/* All that reach() marked, below HEAD. LIBRARIES in it becomes what to link. */
void inline_print(FILE *out, struct file *root, const char *head);

/* --- inline-facts.c: which facts there are about a scene --- */

struct scene;

/* Which rows of a table it uses: of pins, of ways to store or load. */
struct inline_ways {
	unsigned int how[64], count;
};
/* The place of HOW among them. */
unsigned int inline_way(struct inline_ways *used, unsigned int how);

/* Adds all of them. USED by what an argument is, an enum scene_argument. */
void inline_facts(const struct scene *scene, struct inline_ways *used);

/* --- inline-track.c --- */

struct actor;
struct scene_step;

/* What the kernel will tell about its way of tracking. */
void inline_track_start(struct actor *a, const struct scene_step *s);

/* A line that tracks; NULL: of another kind. */
const char *inline_track(const struct actor *a, const struct scene_step *s);

/* --- inline-scene.c --- */

/* "require(probe_thp);" for those of NEEDS that the lack of would not show by itself. */
char *inline_requires(unsigned long long needs);

/* The text of main() for a scene, and of what its children do. NULL with WHY. */
char *inline_scene(const struct scene *scene, char *why, size_t size);

/* --- inline-storm.c --- */

/* Is TEXT the mix of a storm, and no scene? */
bool inline_is_mix(const char *text);

/* The text of main() for a mix. NULL with WHY. */
const char *inline_storm(const char *text, const char **title, char *why, size_t size);

#endif
