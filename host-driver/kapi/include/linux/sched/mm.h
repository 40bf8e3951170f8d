/* SPDX-License-Identifier: GPL-2.0 */
/* References on address spaces, as in Linux 6.1. */
#ifndef _LINUX_SCHED_MM_H
#define _LINUX_SCHED_MM_H

#include <linux/ioasid.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct task_struct;

static inline void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}
void mmdrop(struct mm_struct *mm);

static inline void mmget(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_users);
}
static inline bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_inc_not_zero(&mm->mm_users);
}
/* Drops a user; the last one unmaps everything (may sleep). */
void mmput(struct mm_struct *mm);
/* The same from where the end of an address space must not run: a worker does it. */
void mmput_async(struct mm_struct *mm);

/* The address space of @task with a reference, NULL when it has none. */
struct mm_struct *get_task_mm(struct task_struct *task);

static inline bool mm_valid_pasid(struct mm_struct *mm)
{
	return mm->pasid != INVALID_IOASID && mm->pasid != 0;
}

#endif
