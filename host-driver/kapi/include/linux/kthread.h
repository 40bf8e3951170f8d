/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel threads (kernel/kthread.c). */
#ifndef _LINUX_KTHREAD_H
#define _LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>

struct mm_struct;

struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *fmt, ...)
	__printf(3, 4);
#define kthread_create_on_node(fn, data, node, fmt, args...) kthread_create(fn, data, fmt, ##args)
#define kthread_run(fn, data, fmt, ...)                                                            \
	({                                                                                         \
		struct task_struct *__k = kthread_create(fn, data, fmt, ##__VA_ARGS__);            \
		if (!IS_ERR(__k))                                                                  \
			wake_up_process(__k);                                                      \
		__k;                                                                               \
	})
/* What the thread returned; -EINTR when it never ran. */
int kthread_stop(struct task_struct *k);
bool kthread_should_stop(void);
void kthread_bind(struct task_struct *k, unsigned int cpu);

/* The address space of a process, borrowed by a kernel thread (part of the mm code). */
void kthread_use_mm(struct mm_struct *mm);
void kthread_unuse_mm(struct mm_struct *mm);

#endif
