/* SPDX-License-Identifier: GPL-2.0 */
/* Wait queues (kernel/sched/wait.c): first in, first woken. */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

typedef struct wait_queue_entry wait_queue_entry_t;
typedef int (*wait_queue_func_t)(struct wait_queue_entry *wq_entry, unsigned int mode, int flags,
				 void *key);

#define WQ_FLAG_EXCLUSIVE 0x01

struct wait_queue_entry {
	unsigned int flags;
	void *private;
	wait_queue_func_t func;
	struct list_head entry;
};

/* Zeroed memory is an empty queue too. */
typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
} wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name)                                                        \
	{                                                                                          \
		.head = LIST_HEAD_INIT((name).head)                                                \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK DECLARE_WAIT_QUEUE_HEAD
#define DEFINE_WAIT_FUNC(name, function)                                                           \
	struct wait_queue_entry name = {                                                           \
		.private = current,                                                                \
		.func = function,                                                                  \
		.entry = LIST_HEAD_INIT((name).entry),                                             \
	}
#define DEFINE_WAIT(name) DEFINE_WAIT_FUNC(name, autoremove_wake_function)
#define DECLARE_WAITQUEUE(name, tsk)                                                               \
	struct wait_queue_entry name = {.private = tsk, .func = default_wake_function}

void init_waitqueue_head(struct wait_queue_head *wq);
void init_waitqueue_entry(struct wait_queue_entry *e, struct task_struct *p);
void init_waitqueue_func_entry(struct wait_queue_entry *e, wait_queue_func_t func);
void init_wait_entry(struct wait_queue_entry *e, int flags);
int default_wake_function(struct wait_queue_entry *e, unsigned int mode, int flags, void *key);
int autoremove_wake_function(struct wait_queue_entry *e, unsigned int mode, int flags, void *key);

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e);
void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e);
void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e);
bool waitqueue_active(struct wait_queue_head *wq);
bool wq_has_sleeper(struct wait_queue_head *wq);
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *e, int state);
bool prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e, int state);
long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *e, int state);
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *e);

/* Wakes all that are not exclusive and @nr exclusive ones (0: all). */
int __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key);
#define wake_up_locked_poll wake_up_poll

#define wake_up(x)		     __wake_up(x, TASK_NORMAL, 1, NULL)
#define wake_up_nr(x, nr)	     __wake_up(x, TASK_NORMAL, nr, NULL)
#define wake_up_all(x)		     __wake_up(x, TASK_NORMAL, 0, NULL)
#define wake_up_locked(x)	     __wake_up(x, TASK_NORMAL, 1, NULL)
#define wake_up_interruptible(x)     __wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_all(x) __wake_up(x, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_poll(x, m)	     __wake_up(x, TASK_NORMAL, 1, (void *)(unsigned long)(m))
#define wake_up_interruptible_poll(x, m)                                                           \
	__wake_up(x, TASK_INTERRUPTIBLE, 1, (void *)(unsigned long)(m))

/*
 * The loop behind all wait_event forms. @ret is what it gives when the condition holds; @cmd
 * blocks and may set __ret (time left).
 */
#define ___wait_event(wq, condition, state, exclusive, ret, cmd)                                   \
	({                                                                                         \
		struct wait_queue_entry __wqe;                                                     \
		long __ret = (ret);                                                                \
		init_wait_entry(&__wqe, (exclusive) ? WQ_FLAG_EXCLUSIVE : 0);                      \
		for (;;) {                                                                         \
			long __int = prepare_to_wait_event(wq, &__wqe, state);                     \
			if (condition)                                                             \
				break;                                                             \
			if (__int) {                                                               \
				__ret = __int;                                                     \
				break;                                                             \
			}                                                                          \
			cmd;                                                                       \
		}                                                                                  \
		finish_wait(wq, &__wqe);                                                           \
		__ret;                                                                             \
	})

#define ___wait_cond_timeout(condition)                                                            \
	({                                                                                         \
		bool __cond = (condition);                                                         \
		if (__cond && !__ret)                                                              \
			__ret = 1;                                                                 \
		__cond || !__ret;                                                                  \
	})

#define wait_event(wq, condition)                                                                  \
	do {                                                                                       \
		might_sleep();                                                                     \
		if (condition)                                                                     \
			break;                                                                     \
		(void)___wait_event(&(wq), condition, TASK_UNINTERRUPTIBLE, 0, 0, schedule());     \
	} while (0)
#define io_wait_event wait_event

#define wait_event_exclusive_cmd(wq, condition, cmd1, cmd2)                                        \
	(void)___wait_event(&(wq), condition, TASK_UNINTERRUPTIBLE, 1, 0, cmd1; schedule(); cmd2)

#define wait_event_timeout(wq, condition, timeout)                                                 \
	({                                                                                         \
		long __ret = (timeout);                                                            \
		might_sleep();                                                                     \
		if (!___wait_cond_timeout(condition))                                              \
			__ret = ___wait_event(&(wq), ___wait_cond_timeout(condition),              \
					      TASK_UNINTERRUPTIBLE, 0, (timeout),                  \
					      __ret = schedule_timeout(__ret));                    \
		__ret;                                                                             \
	})

#define wait_event_interruptible(wq, condition)                                                    \
	({                                                                                         \
		int __wret = 0;                                                                    \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wret = ___wait_event(&(wq), condition, TASK_INTERRUPTIBLE, 0, 0,         \
					       schedule());                                        \
		__wret;                                                                            \
	})

#define wait_event_interruptible_exclusive(wq, condition)                                          \
	({                                                                                         \
		int __wret = 0;                                                                    \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wret = ___wait_event(&(wq), condition, TASK_INTERRUPTIBLE, 1, 0,         \
					       schedule());                                        \
		__wret;                                                                            \
	})

#define wait_event_interruptible_timeout(wq, condition, timeout)                                   \
	({                                                                                         \
		long __ret = (timeout);                                                            \
		might_sleep();                                                                     \
		if (!___wait_cond_timeout(condition))                                              \
			__ret = ___wait_event(&(wq), ___wait_cond_timeout(condition),              \
					      TASK_INTERRUPTIBLE, 0, (timeout),                    \
					      __ret = schedule_timeout(__ret));                    \
		__ret;                                                                             \
	})

#define wait_event_killable(wq, condition)                                                         \
	({                                                                                         \
		int __wret = 0;                                                                    \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wret = ___wait_event(&(wq), condition, TASK_KILLABLE, 0, 0, schedule()); \
		__wret;                                                                            \
	})

/* With @lock held: dropped while it sleeps. */
#define wait_event_lock_irq(wq, condition, lock)                                                   \
	do {                                                                                       \
		if (condition)                                                                     \
			break;                                                                     \
		(void)___wait_event(&(wq), condition, TASK_UNINTERRUPTIBLE, 0, 0,                  \
				    spin_unlock_irq(&(lock));                                      \
				    schedule(); spin_lock_irq(&(lock)));                           \
	} while (0)

#endif
