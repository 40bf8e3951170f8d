/* SPDX-License-Identifier: GPL-2.0 */
/* Counting semaphores (kernel/locking/semaphore.c). */
#ifndef _LINUX_SEMAPHORE_H
#define _LINUX_SEMAPHORE_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct semaphore {
	unsigned int count;
	struct list_head wait_list;
};

#define DEFINE_SEMAPHORE(name)                                                                     \
	struct semaphore name = {.count = 1, .wait_list = LIST_HEAD_INIT((name).wait_list)}

static inline void sema_init(struct semaphore *sem, int val)
{
	sem->count = val;
	INIT_LIST_HEAD(&sem->wait_list);
}

void down(struct semaphore *sem);
int __must_check down_interruptible(struct semaphore *sem);	    /* 0 or -EINTR */
int __must_check down_killable(struct semaphore *sem);		    /* 0 or -EINTR */
int __must_check down_timeout(struct semaphore *sem, long timeout); /* 0 or -ETIME */
int __must_check down_trylock(struct semaphore *sem);		    /* 0 when taken */
void up(struct semaphore *sem);

#endif
