/* SPDX-License-Identifier: GPL-2.0 */
/* Sleeping reader-writer locks, fair in order of arrival. */
#ifndef _LINUX_RWSEM_H
#define _LINUX_RWSEM_H

#include <linux/lockdep.h>
#include <linux/spinlock_types.h>

struct rw_semaphore {
	struct kapi_lock kl;
};

#define __RWSEM_INITIALIZER(name)                                                                  \
	{                                                                                          \
		.kl = {.owner = NULL }                                                             \
	}
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)
#define init_rwsem(s)	    ((s)->kl = (struct kapi_lock){.owner = NULL})

void down_read(struct rw_semaphore *sem);
int __must_check down_read_killable(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int __must_check down_write_killable(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);
bool rwsem_is_locked(struct rw_semaphore *sem);

#endif
