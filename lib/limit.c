// SPDX-License-Identifier: GPL-2.0-or-later
#include "limit.h"
#include "fail.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static void noticed(int number)
{
}

timer_t limit_start(unsigned int ms)
{
	struct sigaction action = { .sa_handler = noticed };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	struct itimerspec in = { .it_value = { ms / 1000, ms % 1000 * 1000000 },
				 .it_interval = { 0, 10000000 } };
	timer_t timer;

	event._sigev_un._tid = syscall(SYS_gettid);
	if (sigaction(SIGALRM, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &in, NULL))
		fail("a timer");
	return timer;
}

void limit_end(timer_t timer)
{
	timer_delete(timer);
}
