/* SPDX-License-Identifier: GPL-2.0 */
/* What every kapi lock is made of, and the spinlock types. */
#ifndef _LINUX_SPINLOCK_TYPES_H
#define _LINUX_SPINLOCK_TYPES_H

#include <linux/types.h>

struct task_struct;
struct kapi_lock_waiter;

/*
 * One exclusive owner or any number of readers; those who wait stand in a queue, first come, first
 * served. Zeroed memory is a free lock. kapi's own: drivers use the types below.
 */
struct kapi_lock {
	struct task_struct *owner;
	struct kapi_lock_waiter *first, *last;
	u32 readers;
	u32 reserved;
};

typedef struct raw_spinlock {
	struct kapi_lock kl;
} raw_spinlock_t;

typedef struct spinlock {
	struct kapi_lock kl;
} spinlock_t;

typedef struct {
	struct kapi_lock kl;
} rwlock_t;

#define __SPIN_LOCK_UNLOCKED(name)                                                                 \
	{                                                                                          \
		.kl = {.owner = NULL }                                                             \
	}
#define __RAW_SPIN_LOCK_UNLOCKED(name)                                                             \
	{                                                                                          \
		.kl = {.owner = NULL }                                                             \
	}
#define __RW_LOCK_UNLOCKED(name)                                                                   \
	{                                                                                          \
		.kl = {.owner = NULL }                                                             \
	}
#define DEFINE_SPINLOCK(x)     spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RAW_SPINLOCK(x) raw_spinlock_t x = __RAW_SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RWLOCK(x)       rwlock_t x = __RW_LOCK_UNLOCKED(x)

#endif
