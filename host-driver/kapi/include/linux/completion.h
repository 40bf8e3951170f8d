/* SPDX-License-Identifier: GPL-2.0 */
/* Completions (kernel/sched/completion.c). */
#ifndef _LINUX_COMPLETION_H
#define _LINUX_COMPLETION_H

#include <linux/wait.h>

struct completion {
	unsigned int done; /* UINT_MAX: for all, for ever */
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(work)                                                               \
	{                                                                                          \
		0, __WAIT_QUEUE_HEAD_INITIALIZER((work).wait)                                      \
	}
#define DECLARE_COMPLETION(work)	 struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

static inline void init_completion(struct completion *x)
{
	x->done = 0;
	init_waitqueue_head(&x->wait);
}

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

void complete(struct completion *x);
void complete_all(struct completion *x);
void wait_for_completion(struct completion *x);
void wait_for_completion_io(struct completion *x);
int wait_for_completion_interruptible(struct completion *x); /* 0 or -ERESTARTSYS */
int wait_for_completion_killable(struct completion *x);	     /* 0 or -ERESTARTSYS */
/* Jiffies left (at least 1), 0 when the time is over; interruptible: -ERESTARTSYS. */
unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout);
long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout);
long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout);
bool try_wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

#endif
