// SPDX-License-Identifier: GPL-2.0-or-later
/* Every class of corruption that the stamp can name is recognised as that class. */
#include "rng.h"
#include "stamp.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64
#define BAD   17
#define LEN   (PAGES * STAMP_PAGE)

static struct stamp stamp, other;
static uint64_t *memory;

static uint64_t *bad_page(void)
{
	return memory + BAD * STAMP_PAGE / 8;
}

static void stale(void)
{
	stamp_fill(&stamp, bad_page(), BAD * STAMP_PAGE, STAMP_PAGE, 41, STAMP_CPU);
}

static void other_writer(void)
{
	stamp_fill(&stamp, bad_page(), BAD * STAMP_PAGE, STAMP_PAGE, 42, STAMP_CPU);
}

static void zeros(void)
{
	memset(bad_page(), 0, STAMP_PAGE);
}

static void torn(void)
{
	stamp_fill(&stamp, bad_page() + 64, BAD * STAMP_PAGE + 512, 1024, 41, STAMP_CPU);
}

static void torn_stale(void)
{
	stale();
	stamp_fill(&stamp, bad_page(), BAD * STAMP_PAGE, 512, 40, STAMP_CPU);
}

static void torn_zeros(void)
{
	memset(bad_page() + 64, 0, 512);
}

static void foreign_page(void)
{
	stamp_fill(&stamp, bad_page(), 3 * STAMP_PAGE, STAMP_PAGE, 42, STAMP_DEVICE);
}

static void foreign_buffer(void)
{
	stamp_fill(&other, bad_page(), BAD * STAMP_PAGE, STAMP_PAGE, 42, STAMP_DEVICE);
}

static void shifted(void)
{
	memmove(bad_page(), bad_page() + 1, STAMP_PAGE - 8);
	bad_page()[511] = stamp_at(&stamp, (BAD + 1) * STAMP_PAGE, 42, STAMP_DEVICE);
}

static void one_bit(void)
{
	bad_page()[100] ^= 1ull << 37;
}

static void two_bits(void)
{
	bad_page()[511] ^= 1ull << 63 | 1;
}

static void garbage(void)
{
	for (int i = 0; i < 512; i++)
		bad_page()[i] = rng_mix(i + 1);
}

static const struct {
	const char *name;
	void (*damage)(void);
	enum stamp_class class;
	unsigned int from, to;
} damages[] = {
	{ "an older generation", stale, STAMP_STALE, 0, 4096 },
	{ "another writer", other_writer, STAMP_STALE, 0, 4096 },
	{ "zeros", zeros, STAMP_ZEROS, 0, 4096 },
	{ "a part that is stale", torn, STAMP_TORN, 512, 1536 },
	{ "two stale generations", torn_stale, STAMP_TORN, 0, 4096 },
	{ "a sector of zeros", torn_zeros, STAMP_TORN, 512, 1024 },
	{ "another page", foreign_page, STAMP_FOREIGN, 0, 4096 },
	{ "another buffer", foreign_buffer, STAMP_FOREIGN, 0, 4096 },
	{ "the page shifted by a word", shifted, STAMP_FOREIGN, 0, 4096 },
	{ "one flipped bit", one_bit, STAMP_BIT_FLIP, 800, 808 },
	{ "two flipped bits", two_bits, STAMP_BIT_FLIP, 4088, 4096 },
	{ "random bytes", garbage, STAMP_GARBAGE, 0, 4096 },
};

static void test_classes(void)
{
	struct stamp_bad bad;
	char said[256];
	bool good;

	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		stamp_fill(&stamp, memory, 0, LEN, 42, STAMP_DEVICE);
		damages[i].damage();
		good = !stamp_verify(&stamp, memory, 0, LEN, 42, STAMP_DEVICE, &bad) &&
		       bad.class == damages[i].class && bad.page == BAD && bad.pages == 1 &&
		       bad.from == damages[i].from && bad.to == damages[i].to;
		ok(good, "%s is %s at its place", damages[i].name,
		   stamp_class_name(damages[i].class));
		printf("# %s)\n", stamp_explain(&bad, PAGES, said, sizeof(said)));
	}
}

/* A page is bad once, wherever it is; the story is that of the first. */
static void test_several(void)
{
	struct stamp_bad bad;

	stamp_fill(&stamp, memory, 0, LEN, 42, STAMP_DEVICE);
	stale();
	memset(bad_page() + 512, 0, STAMP_PAGE);
	memory[LEN / 8 - 1] ^= 1;
	ok(!stamp_verify(&stamp, memory, 0, LEN, 42, STAMP_DEVICE, &bad) && bad.pages == 3 &&
		   bad.page == BAD && bad.class == STAMP_STALE,
	   "three bad pages are counted, the first is told");
}

/* Any word that was stamped reads back, and no two places of any buffer share a word. */
static void test_words(void)
{
	struct rng rng = rng_make(7, 0);
	unsigned int wrong = 0, plausible = 0;
	struct stamp_word word;

	for (int i = 0; i < 100000; i++) {
		struct stamp s = stamp_make(rng_next(&rng), rng_below(&rng, 64));
		unsigned int page = rng_below(&rng, STAMP_PAGES), at = rng_below(&rng, 512),
			     generation = rng_below(&rng, 65536),
			     writer = rng_below(&rng, STAMP_WRITERS);
		uint64_t bits =
			stamp_at(&s, (size_t)page * STAMP_PAGE + at * 8, generation, writer);

		wrong += !stamp_decode(&s, bits, &word) || word.page != page || word.word != at ||
			 word.generation != generation || word.writer != writer ||
			 word.buffer != s.buffer;
		plausible += stamp_decode(&s, rng_next(&rng), &word);
	}
	ok(!wrong, "100,000 random words read back");
	/* 1 in 256 by the check, 4 of 8 writers; the place must fit as well to count as stale. */
	ok(plausible < 400, "random bits rarely decode (%u of 100,000)", plausible);
	ok(!stamp_decode(&stamp, 0, &word), "zeros do not decode");
	ok(stamp_at(&stamp, 0, 1, 0) != stamp_at(&other, 0, 1, 0), "buffers differ");
}

/* A fill of any part is the same as a fill of the whole, word by word. */
static void test_parts(void)
{
	struct rng rng = rng_make(8, 0);
	struct stamp_bad bad;
	unsigned int wrong = 0, missed = 0;

	for (int i = 0; i < 2000; i++) {
		size_t from = rng_below(&rng, LEN / 8) * 8,
		       len = rng_below(&rng, (LEN - from) / 8) * 8 + 8,
		       victim = from / 8 + rng_below(&rng, len / 8);

		memset(memory, 0, LEN);
		stamp_fill(&stamp, memory + from / 8, from, len, i, STAMP_CHILD);
		for (size_t w = from / 8; w < (from + len) / 8; w++)
			wrong += memory[w] != stamp_at(&stamp, w * 8, i, STAMP_CHILD);
		wrong += from && memory[from / 8 - 1];
		wrong += !stamp_verify(&stamp, memory + from / 8, from, len, i, STAMP_CHILD, &bad);
		memory[victim] ^= 1ull << rng_below(&rng, 64);
		missed +=
			stamp_verify(&stamp, memory + from / 8, from, len, i, STAMP_CHILD, &bad) ||
			bad.page != victim * 8 / STAMP_PAGE || bad.from != victim * 8 % STAMP_PAGE;
	}
	ok(!wrong, "2,000 parts of any size are filled to the word");
	ok(!missed, "one flipped bit anywhere in them is found");
}

/* Files are written and read in pieces of 1 MiB. */
#define FILE_LEN (8 * LEN + LEN / 2 + 512)

static void test_files(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	uint64_t before = 0, after = 0, flipped = 0;
	unsigned int wrong = 0;
	struct stamp_bad bad;

	ok(stamp_file(&stamp, fd, FILE_LEN, 9, STAMP_DEVICE), "a file is stamped");
	for (size_t at = 0, n; at < FILE_LEN; at += n) {
		n = FILE_LEN - at < LEN ? FILE_LEN - at : LEN;
		wrong += pread(fd, memory, n, at) != (ssize_t)n ||
			 !stamp_verify(&stamp, memory, at, n, 9, STAMP_DEVICE, &bad);
	}
	ok(!wrong, "like memory, to its end");
	stamp_file_hash(fd, FILE_LEN, &before);
	stamp_file_hash(fd, FILE_LEN, &after);
	ok(pwrite(fd, "x", 1, FILE_LEN - 1) == 1 && stamp_file_hash(fd, FILE_LEN, &flipped) &&
		   before == after && before != flipped,
	   "its hash tells one changed byte, the last");
	ok(!stamp_file_hash(fd, FILE_LEN + 8, &after), "a file that is too short is an error");
	close(fd);
}

static void test_rng(void)
{
	struct rng a = rng_make(5, 1), b = rng_make(5, 1), c = rng_make(5, 2);
	bool same = true, differ = false, below = true;

	for (int i = 0; i < 1000; i++) {
		uint64_t x = rng_next(&a);

		same &= x == rng_next(&b);
		differ |= x != rng_next(&c);
		below &= rng_below(&a, 7) < 7 && rng_below(&b, 7) < 7;
	}
	ok(same && differ && below, "one seed, one sequence; another stream, another");
}

int main(void)
{
	memory = aligned_alloc(STAMP_PAGE, LEN);
	stamp = stamp_make(1234, 5);
	other = stamp_make(1234, 6);
	test_classes();
	test_several();
	test_words();
	test_parts();
	test_files();
	test_rng();
	free(memory);
	return done();
}
