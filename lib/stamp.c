// SPDX-License-Identifier: GPL-2.0-or-later
#include "stamp.h"
#include "config.h"
#include "rng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define WORDS (STAMP_PAGE / 8)

/* Field positions of the plain word. */
#define PAGE_FIELD_SHIFT 9
#define GENERATION_SHIFT 31
#define WRITER_SHIFT	 47
#define BUFFER_SHIFT	 50
#define CHECK_SHIFT	 56

static uint64_t check_of(uint64_t plain)
{
	uint64_t fields = plain >> PAGE_FIELD_SHIFT << (64 - CHECK_SHIFT + PAGE_FIELD_SHIFT);

	/* 1 to 255, by a multiplication for a division: a zero word is not a stamp. */
	return ((uint64_t)((unsigned __int128)rng_mix(fields) * 255 >> 64) + 1) << CHECK_SHIFT;
}

static uint64_t plain_page(const struct stamp *stamp, size_t page, unsigned int generation,
			   enum stamp_writer writer)
{
	uint64_t plain = (uint64_t)stamp->buffer << BUFFER_SHIFT |
			 (uint64_t)writer << WRITER_SHIFT |
			 (uint64_t)(generation & 0xffff) << GENERATION_SHIFT |
			 (uint64_t)(page % STAMP_PAGES) << PAGE_FIELD_SHIFT;

	return plain | check_of(plain);
}

struct stamp stamp_make(uint64_t seed, unsigned int buffer)
{
	struct rng rng = rng_make(seed, 0x57a3);
	uint64_t key = rng_next(&rng) | 1, inverse = key;

	/* Newton: each step doubles the number of right bits, 3 to begin with. */
	for (int i = 0; i < 5; i++)
		inverse *= 2 - key * inverse;
	return (struct stamp){ key, inverse, buffer & 63 };
}

uint64_t stamp_at(const struct stamp *stamp, size_t offset, unsigned int generation,
		  enum stamp_writer writer)
{
	uint64_t plain = plain_page(stamp, offset / STAMP_PAGE, generation, writer);

	return (plain + offset % STAMP_PAGE / 8) * stamp->key;
}

bool stamp_decode(const struct stamp *stamp, uint64_t word, struct stamp_word *out)
{
	uint64_t plain = word * stamp->inverse;

	if (check_of(plain) != plain >> CHECK_SHIFT << CHECK_SHIFT)
		return false;
	out->word = plain & (WORDS - 1);
	out->page = plain >> PAGE_FIELD_SHIFT & (STAMP_PAGES - 1);
	out->generation = plain >> GENERATION_SHIFT & 0xffff;
	out->writer = plain >> WRITER_SHIFT & 7;
	out->buffer = plain >> BUFFER_SHIFT & 63;
	return out->writer < STAMP_WRITERS;
}

/*
 * The two loops that cost memory bandwidth, written so that compilers make
 * vectors of them, and made twice where the machine may have wider ones.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(LW_SANITIZED)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif
#ifndef __clang__ /* which does so at -O2 */
#pragma GCC optimize("O3")
#endif

WIDE static void fill_words(uint64_t *out, size_t words, uint64_t word, uint64_t key)
{
	for (size_t i = 0; i < words; i++)
		out[i] = word + i * key;
}

/* Is anything different from the words expected? One branch a call, not a word. */
WIDE static bool differ(const uint64_t *in, size_t words, uint64_t word, uint64_t key)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < words; i++)
		bits |= in[i] ^ (word + i * key);
	return bits;
}

/* The bytes of a range that lie in the stamp page of its byte OFFSET. */
static size_t in_page(size_t offset, size_t len)
{
	size_t left = STAMP_PAGE - offset % STAMP_PAGE;

	return len < left ? len : left;
}

void stamp_fill(const struct stamp *stamp, void *memory, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer)
{
	char *at = memory;

	for (size_t n; len; at += n, offset += n, len -= n) {
		n = in_page(offset, len);
		fill_words((uint64_t *)at, n / 8, stamp_at(stamp, offset, generation, writer),
			   stamp->key);
	}
}

bool stamp_zeros(const void *memory, size_t len)
{
	const char *at = memory;

	return !*at && !memcmp(at, at + 1, len - 1);
}

static enum stamp_class classify(const struct stamp *stamp, uint64_t found, uint64_t expected,
				 const struct stamp_word *place, struct stamp_word *decoded)
{
	if (found == expected)
		return STAMP_GOOD;
	if (!found)
		return STAMP_ZEROS;
	if (__builtin_popcountll(found ^ expected) <= 2)
		return STAMP_BIT_FLIP;
	if (!stamp_decode(stamp, found, decoded))
		return STAMP_GARBAGE;
	if (decoded->buffer == place->buffer && decoded->page == place->page &&
	    decoded->word == place->word)
		return STAMP_STALE;
	return STAMP_FOREIGN;
}

/* The first bad word of a page, and where the bad bytes end. */
static void note(struct stamp_bad *bad, enum stamp_class class, unsigned int at, uint64_t expected,
		 uint64_t found, const struct stamp_word *place, const struct stamp_word *decoded)
{
	bad->to = at + 8;
	if (bad->class != STAMP_GOOD)
		return;
	bad->class = class;
	bad->page = place->page;
	bad->from = at;
	bad->expected = *place;
	bad->found = *decoded;
	bad->decoded = class == STAMP_STALE || class == STAMP_FOREIGN;
	bad->expected_bits = expected;
	bad->found_bits = found;
}

/* One word in 512 of garbage looks like a stamp by chance: that is no second kind. */
static bool one_kind(unsigned int words[STAMP_CLASSES])
{
	unsigned int kinds = 0;

	if (words[STAMP_STALE] + words[STAMP_FOREIGN] <= words[STAMP_GARBAGE] / 32)
		words[STAMP_STALE] = words[STAMP_FOREIGN] = 0;
	for (int class = 0; class < STAMP_CLASSES; class ++)
		kinds += words[class] > 0;
	return kinds == 1;
}

/* Tells the story of one bad page: its first bad word, its extent, and whether it is torn. */
static void tell(const struct stamp *stamp, const uint64_t *in, size_t offset, size_t len,
		 unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad)
{
	uint64_t expected = stamp_at(stamp, offset, generation, writer);
	struct stamp_word place, decoded = { 0 };
	unsigned int words[STAMP_CLASSES] = { 0 };
	bool mixed = false;

	for (size_t i = 0; i < len / 8; i++, expected += stamp->key) {
		enum stamp_class class;

		stamp_decode(stamp, expected, &place);
		class = classify(stamp, in[i], expected, &place, &decoded);
		words[class]++;
		if (class == STAMP_GOOD)
			continue;
		note(bad, class, (offset + i * 8) % STAMP_PAGE, expected, in[i], &place, &decoded);
		mixed |= class == STAMP_STALE && decoded.generation != bad->found.generation;
	}
	/* A flip is of single words by its nature; the rest comes a whole page at a time. */
	if (bad->class == STAMP_BIT_FLIP)
		return;
	if (words[STAMP_GARBAGE] > len / 16)
		bad->class = STAMP_GARBAGE;
	if (!one_kind(words) || (mixed && bad->class == STAMP_STALE))
		bad->class = STAMP_TORN;
}

bool stamp_verify(const struct stamp *stamp, const void *memory, size_t offset, size_t len,
		  unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad)
{
	const char *at = memory;

	*bad = (struct stamp_bad){ 0 };
	for (size_t n; len; at += n, offset += n, len -= n) {
		n = in_page(offset, len);
		if (!differ((const uint64_t *)at, n / 8,
			    stamp_at(stamp, offset, generation, writer), stamp->key))
			continue;
		if (!bad->pages++)
			tell(stamp, (const uint64_t *)at, offset, n, generation, writer, bad);
	}
	return !bad->pages;
}

const char *stamp_class_name(enum stamp_class class)
{
	static const char *const names[] = { "good",	"stale",    "zeros",  "torn",
					     "foreign", "bit flip", "garbage" };

	return names[class];
}

const char *stamp_writer_name(enum stamp_writer writer)
{
	static const char *const names[] = { "cpu", "device", "child", "kernel" };

	return names[writer];
}

static int found_text(const struct stamp_bad *bad, char *text, size_t size)
{
	const struct stamp_word *found = &bad->found;

	if (!bad->found_bits)
		return snprintf(text, size, "zeros");
	if (!bad->decoded)
		return snprintf(text, size, "%016llx", (unsigned long long)bad->found_bits);
	if (found->buffer != bad->expected.buffer)
		return snprintf(text, size, "buffer %u page %u generation %u by %s", found->buffer,
				found->page, found->generation, stamp_writer_name(found->writer));
	if (found->page != bad->expected.page || found->word != bad->expected.word)
		return snprintf(text, size, "page %u +0x%x generation %u by %s", found->page,
				found->word * 8, found->generation,
				stamp_writer_name(found->writer));
	return snprintf(text, size, "generation %u by %s", found->generation,
			stamp_writer_name(found->writer));
}

char *stamp_explain(const struct stamp_bad *bad, size_t pages, char *text, size_t size)
{
	char found[128];

	found_text(bad, found, sizeof(found));
	snprintf(text, size, "page %u of %zu, +0x%x..0x%x: %s, expected generation %u by %s (%s",
		 bad->page, pages, bad->from, bad->to - 1, found, bad->expected.generation,
		 stamp_writer_name(bad->expected.writer), stamp_class_name(bad->class));
	return text;
}

/* One piece at a time, so that any size of file costs little memory. */
#define PIECE (256u * STAMP_PAGE)

static size_t piece(size_t done, size_t len)
{
	return len - done < PIECE ? len - done : PIECE;
}

/* Aligned: the file may be open O_DIRECT. */
static void *piece_buffer(void)
{
	return aligned_alloc(STAMP_PAGE, PIECE);
}

bool stamp_file(const struct stamp *stamp, int fd, size_t len, unsigned int generation,
		enum stamp_writer writer)
{
	void *buffer = piece_buffer();
	bool ok = buffer;

	for (size_t done = 0, n; ok && done < len; done += n) {
		n = piece(done, len);
		stamp_fill(stamp, buffer, done, n, generation, writer);
		errno = ENOSPC; /* what a short write means */
		ok = pwrite(fd, buffer, n, done) == (ssize_t)n;
	}
	free(buffer);
	return ok;
}

bool stamp_file_hash(int fd, size_t len, uint64_t *hash)
{
	XXH3_state_t *state = XXH3_createState();
	void *buffer = piece_buffer();
	bool ok = buffer && state && XXH3_64bits_reset(state) == XXH_OK;

	for (size_t done = 0, n; ok && done < len; done += n) {
		n = piece(done, len);
		errno = EIO; /* what a short read means */
		ok = pread(fd, buffer, n, done) == (ssize_t)n &&
		     XXH3_64bits_update(state, buffer, n) == XXH_OK;
	}
	if (ok)
		*hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	free(buffer);
	return ok;
}
