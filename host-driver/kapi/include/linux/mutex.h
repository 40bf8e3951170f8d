/* SPDX-License-Identifier: GPL-2.0 */
/* Sleeping locks, first come, first served (kernel/locking/mutex.c). */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

#include <linux/lockdep.h>
#include <linux/spinlock_types.h>

/* A static mutex is a name: its state is kept per kernel. */
struct mutex {
	struct kapi_lock kl;
};

#define __MUTEX_INITIALIZER(name)                                                                  \
	{                                                                                          \
		.kl = {.owner = NULL }                                                             \
	}
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(m)	   ((m)->kl = (struct kapi_lock){.owner = NULL})

static inline void mutex_destroy(struct mutex *lock)
{
}

void mutex_lock(struct mutex *lock);
int __must_check mutex_lock_interruptible(struct mutex *lock); /* 0 or -EINTR */
int __must_check mutex_lock_killable(struct mutex *lock);      /* 0 or -EINTR */
int mutex_trylock(struct mutex *lock);			       /* 1 when taken */
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(struct mutex *lock);

#define mutex_lock_nested(l, s) mutex_lock(l)

#endif
