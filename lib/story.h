/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story: what a scene does, told while it does it. A call that matters says
 * itself, and stays a call that anybody can read:
 *
 *	if (say(madvise(map->at, map->len, MADV_PAGEOUT)))
 *
 * tells "madvise(map, 65536, MADV_PAGEOUT) = 0". Where no story is told, nothing
 * but the call is left. Arguments are evaluated twice: no side effects in them.
 *
 * A call that say() does not know yet is one more line in the list below. Loads,
 * stores and what has no result are told with story().
 */
#ifndef LOSTWRITE_STORY_H
#define LOSTWRITE_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stories are told from here on, on stdout, in lines for --verbose. */
void story_begin(void);
bool story_told(void);

/* Addresses of [AT, AT + LEN) are called NAME from here on; NAME is not copied. */
void story_name(const char *name, const void *at, size_t len);

/* A line of what happened, indented below the heading it belongs to. */
__attribute__((format(printf, 1, 2))) void story(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void story_heading(const char *fmt, ...);

/* "map+0x3000", in one of a few buffers that take turns. */
const char *story_place(const void *at);

/* CALL has N arguments: their TEXT, their VALUES. Keeps errno. */
void story_call(const char *call, const char *text, unsigned int n, const intptr_t *values,
		intptr_t result);

/* SAY_madvise(...) is what SAY_ in front of madvise(...) makes: that is how it is taken apart. */
#define say(call) SAY_##call

#define SAY_close(...)		 STORY(close, #__VA_ARGS__, __VA_ARGS__)
#define SAY_copy_file_range(...) STORY(copy_file_range, #__VA_ARGS__, __VA_ARGS__)
#define SAY_fallocate(...)	 STORY(fallocate, #__VA_ARGS__, __VA_ARGS__)
#define SAY_fsync(...)		 STORY(fsync, #__VA_ARGS__, __VA_ARGS__)
#define SAY_ftruncate(...)	 STORY(ftruncate, #__VA_ARGS__, __VA_ARGS__)
#define SAY_io_submit(...)	 STORY(io_submit, #__VA_ARGS__, __VA_ARGS__)
#define SAY_io_uring_register_buffers(...) \
	STORY(io_uring_register_buffers, #__VA_ARGS__, __VA_ARGS__)
#define SAY_io_uring_unregister_buffers(...) \
	STORY(io_uring_unregister_buffers, #__VA_ARGS__, __VA_ARGS__)
#define SAY_ioctl(...)		   STORY(ioctl, #__VA_ARGS__, __VA_ARGS__)
#define SAY_kill(...)		   STORY(kill, #__VA_ARGS__, __VA_ARGS__)
#define SAY_madvise(...)	   STORY(madvise, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mbind(...)		   STORY(mbind, #__VA_ARGS__, __VA_ARGS__)
#define SAY_migrate_pages(...)	   STORY(migrate_pages, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mlock(...)		   STORY(mlock, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mlock2(...)		   STORY(mlock2, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mmap(...)		   STORY(mmap, #__VA_ARGS__, __VA_ARGS__)
#define SAY_move_pages(...)	   STORY(move_pages, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mprotect(...)	   STORY(mprotect, #__VA_ARGS__, __VA_ARGS__)
#define SAY_mremap(...)		   STORY(mremap, #__VA_ARGS__, __VA_ARGS__)
#define SAY_msync(...)		   STORY(msync, #__VA_ARGS__, __VA_ARGS__)
#define SAY_munlock(...)	   STORY(munlock, #__VA_ARGS__, __VA_ARGS__)
#define SAY_munmap(...)		   STORY(munmap, #__VA_ARGS__, __VA_ARGS__)
#define SAY_open(...)		   STORY(open, #__VA_ARGS__, __VA_ARGS__)
#define SAY_posix_fadvise(...)	   STORY(posix_fadvise, #__VA_ARGS__, __VA_ARGS__)
#define SAY_prctl(...)		   STORY(prctl, #__VA_ARGS__, __VA_ARGS__)
#define SAY_pread(...)		   STORY(pread, #__VA_ARGS__, __VA_ARGS__)
#define SAY_process_vm_readv(...)  STORY(process_vm_readv, #__VA_ARGS__, __VA_ARGS__)
#define SAY_process_vm_writev(...) STORY(process_vm_writev, #__VA_ARGS__, __VA_ARGS__)
#define SAY_pwrite(...)		   STORY(pwrite, #__VA_ARGS__, __VA_ARGS__)
#define SAY_read(...)		   STORY(read, #__VA_ARGS__, __VA_ARGS__)
#define SAY_recv(...)		   STORY(recv, #__VA_ARGS__, __VA_ARGS__)
#define SAY_res_write(...)	   STORY(res_write, #__VA_ARGS__, __VA_ARGS__)
#define SAY_send(...)		   STORY(send, #__VA_ARGS__, __VA_ARGS__)
#define SAY_sendmsg(...)	   STORY(sendmsg, #__VA_ARGS__, __VA_ARGS__)
#define SAY_splice(...)		   STORY(splice, #__VA_ARGS__, __VA_ARGS__)
#define SAY_swapoff(...)	   STORY(swapoff, #__VA_ARGS__, __VA_ARGS__)
#define SAY_swapon(...)		   STORY(swapon, #__VA_ARGS__, __VA_ARGS__)
#define SAY_syscall(...)	   STORY(syscall, #__VA_ARGS__, __VA_ARGS__)
#define SAY_tee(...)		   STORY(tee, #__VA_ARGS__, __VA_ARGS__)
#define SAY_vmsplice(...)	   STORY(vmsplice, #__VA_ARGS__, __VA_ARGS__)
#define SAY_write(...)		   STORY(write, #__VA_ARGS__, __VA_ARGS__)

/* --- how: one to eight arguments, each as it stands and as a number --- */

#define STORY(call, text, ...)                                                                    \
	({                                                                                        \
		__typeof__(call(__VA_ARGS__)) story_result = call(__VA_ARGS__);                   \
                                                                                                  \
		if (story_told())                                                                 \
			story_call(#call, text, STORY_COUNT(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1), \
				   (const intptr_t[]){                                            \
					   STORY_VALUES(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0) },      \
				   (intptr_t)story_result);                                       \
		story_result;                                                                     \
	})
#define STORY_COUNT(a, b, c, d, e, f, g, h, n, ...) n
#define STORY_VALUES(a, b, c, d, e, f, g, h, ...)                                                 \
	(intptr_t)(a), (intptr_t)(b), (intptr_t)(c), (intptr_t)(d), (intptr_t)(e), (intptr_t)(f), \
		(intptr_t)(g), (intptr_t)(h)

#endif
