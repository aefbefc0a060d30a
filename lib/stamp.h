/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stamp: memory that says what it is. Every 8-byte word tells by itself which
 * buffer, page, offset, generation and writer it belongs to under a seed, so
 * that a wrong word can be classified and not only noticed.
 *
 * A word is  key * (check:8 | buffer:6 | writer:3 | generation:16 | page:22 |
 * word:9)  modulo 2^64, the key odd and drawn from the seed. Multiplying by an
 * odd number is a bijection, so a word can be read back; neighbours differ by
 * the key alone, so that filling and verifying is one addition a word. `check`
 * is a hash of the other fields but `word`: what nobody stamped does not decode.
 *
 * A stamp page is 4096 bytes whatever the kernel's page size. Offsets and
 * lengths are in bytes and multiples of 8, memory is 8-byte aligned.
 */
#ifndef LOSTWRITE_STAMP_H
#define LOSTWRITE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_PAGE   4096u
#define STAMP_SECTOR 512u
#define STAMP_PAGES  (1u << 22) /* 16 GiB a buffer */

enum stamp_writer { STAMP_CPU, STAMP_DEVICE, STAMP_CHILD, STAMP_KERNEL, STAMP_WRITERS };

/* A buffer's identity. Two buffers of one seed never share a word. */
struct stamp {
	uint64_t key, inverse;
	unsigned int buffer; /* below 64 */
};

/* What a word says. */
struct stamp_word {
	unsigned int buffer, page, word, generation;
	enum stamp_writer writer;
};

/* The ways in which memory can be wrong; the strings of stamp_class_name(). */
enum stamp_class {
	STAMP_GOOD,
	STAMP_STALE,	/* this place, another generation (or another writer) */
	STAMP_ZEROS,	/* nothing but zeros */
	STAMP_TORN,	/* one page holds more than one of the kinds here, the right one included */
	STAMP_FOREIGN,	/* a stamp of another page or buffer */
	STAMP_BIT_FLIP, /* one or two bits of a word */
	STAMP_GARBAGE,	/* nothing that we ever wrote */
	STAMP_CLASSES
};

/* The first bad page of a range, told in full, and how many more there are. */
struct stamp_bad {
	enum stamp_class class;
	unsigned int page;	    /* stamp page in the buffer */
	unsigned int from, to;	    /* bad bytes of it: [from, to) */
	unsigned int pages;	    /* bad pages in the range */
	struct stamp_word expected; /* at `from` */
	struct stamp_word found;    /* at `from`; only for STALE, FOREIGN, TORN with `decoded` */
	bool decoded;
	uint64_t expected_bits, found_bits; /* the words themselves */
};

struct stamp stamp_make(uint64_t seed, unsigned int buffer);

/* The word of this buffer at byte OFFSET. */
uint64_t stamp_at(const struct stamp *stamp, size_t offset, unsigned int generation,
		  enum stamp_writer writer);

/* Reads WORD back; false if it is no stamp of this seed. */
bool stamp_decode(const struct stamp *stamp, uint64_t word, struct stamp_word *out);

/* Fills LEN bytes at MEMORY, which is the buffer's byte OFFSET. */
void stamp_fill(const struct stamp *stamp, void *memory, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer);

/* Does memory read zeros, as a hole does? LEN is not 0. */
bool stamp_zeros(const void *memory, size_t len);

/* Verifies what stamp_fill() wrote. Bad pages are told in BAD. */
bool stamp_verify(const struct stamp *stamp, const void *memory, size_t offset, size_t len,
		  unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad);

/* The class of one page, for the whole story of a range. */
const char *stamp_class_name(enum stamp_class class);
const char *stamp_writer_name(enum stamp_writer writer);

/*
 * "page 17 of 256, +0x0..0xfff: generation 41 by device, expected generation 42
 * by cpu (stale", without a closing bracket: the caller may know more, such as
 * what that means. PAGES is the buffer's size in stamp pages. Returns TEXT.
 */
char *stamp_explain(const struct stamp_bad *bad, size_t pages, char *text, size_t size);

/* A file of LEN bytes at FD, stamped from byte 0 on; false with errno. */
bool stamp_file(const struct stamp *stamp, int fd, size_t len, unsigned int generation,
		enum stamp_writer writer);

/* XXH3 of the first LEN bytes of a file, for whole-file checks; false with errno. */
bool stamp_file_hash(int fd, size_t len, uint64_t *hash);

#endif
