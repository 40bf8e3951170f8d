// SPDX-License-Identifier: GPL-2.0
/* Wait queues and completions (kernel/sched/wait.c, completion.c). */
#include <linux/completion.h>
#include <linux/limits.h>
#include <linux/wait.h>
#include "host-driver/kapi/kapi.h"

/*
 * Only one fiber runs at a time and nothing here blocks, so the queue needs no lock. Zeroed memory
 * counts as an empty queue.
 */
static struct list_head *queue_of(struct wait_queue_head *wq)
{
	if (kapi_is_static(wq)) {
		wq = kapi_static(kapi_kernel(), wq, sizeof(*wq));
		if (!wq)
			panic("out of memory for a wait queue");
	}
	if (unlikely(!wq->head.next))
		INIT_LIST_HEAD(&wq->head);
	return &wq->head;
}

void init_waitqueue_head(struct wait_queue_head *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

void init_waitqueue_entry(struct wait_queue_entry *e, struct task_struct *p)
{
	*e = (struct wait_queue_entry){.private = p, .func = default_wake_function};
}

void init_waitqueue_func_entry(struct wait_queue_entry *e, wait_queue_func_t func)
{
	*e = (struct wait_queue_entry){.func = func};
}

void init_wait_entry(struct wait_queue_entry *e, int flags)
{
	e->flags = flags;
	e->private = current;
	e->func = autoremove_wake_function;
	INIT_LIST_HEAD(&e->entry);
}

int default_wake_function(struct wait_queue_entry *e, unsigned int mode, int flags, void *key)
{
	return wake_up_state(e->private, mode);
}

int autoremove_wake_function(struct wait_queue_entry *e, unsigned int mode, int flags, void *key)
{
	int ret = default_wake_function(e, mode, flags, key);

	if (ret)
		list_del_init(&e->entry);
	return ret;
}

/* The kernel's order: entries that are not exclusive in front, the newest first; exclusive ones
 * FIFO. */
void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	e->flags &= ~WQ_FLAG_EXCLUSIVE;
	list_add(&e->entry, queue_of(wq));
}

void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	e->flags |= WQ_FLAG_EXCLUSIVE;
	list_add_tail(&e->entry, queue_of(wq));
}

void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	list_del(&e->entry);
}

bool waitqueue_active(struct wait_queue_head *wq)
{
	return !list_empty(queue_of(wq));
}

bool wq_has_sleeper(struct wait_queue_head *wq)
{
	return waitqueue_active(wq);
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *e, int state)
{
	e->flags &= ~WQ_FLAG_EXCLUSIVE;
	if (list_empty(&e->entry))
		list_add(&e->entry, queue_of(wq));
	set_current_state(state);
}

bool prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e, int state)
{
	bool was_empty = false;

	e->flags |= WQ_FLAG_EXCLUSIVE;
	if (list_empty(&e->entry)) {
		was_empty = list_empty(queue_of(wq));
		list_add_tail(&e->entry, queue_of(wq));
	}
	set_current_state(state);
	return was_empty;
}

long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *e, int state)
{
	if (signal_pending_state(state, current)) {
		list_del_init(&e->entry);
		return -ERESTARTSYS;
	}
	if (list_empty(&e->entry)) {
		if (e->flags & WQ_FLAG_EXCLUSIVE)
			list_add_tail(&e->entry, queue_of(wq));
		else
			list_add(&e->entry, queue_of(wq));
	}
	set_current_state(state);
	return 0;
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	__set_current_state(TASK_RUNNING);
	list_del_init(&e->entry);
}

int __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *e, *next;
	struct list_head *queue = queue_of(wq);
	int woken = 0;

	list_for_each_entry_safe (e, next, queue, entry) {
		unsigned int flags = e->flags;
		int ret = e->func(e, mode, 0, key);

		if (ret < 0)
			break;
		woken += ret != 0;
		if (ret && (flags & WQ_FLAG_EXCLUSIVE) && !--nr)
			break;
	}
	return woken;
}

/* ---- completions ----------------------------------------------------------------------------- */

void complete(struct completion *x)
{
	if (x->done != UINT_MAX)
		x->done++;
	__wake_up(&x->wait, TASK_NORMAL, 1, NULL);
}

void complete_all(struct completion *x)
{
	x->done = UINT_MAX;
	__wake_up(&x->wait, TASK_NORMAL, 0, NULL);
}

bool try_wait_for_completion(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done != UINT_MAX)
		x->done--;
	return true;
}

bool completion_done(struct completion *x)
{
	return x->done != 0;
}

/* Waiters queue as exclusive ones: first come, first served, one for each complete(). */
static long wait_common(struct completion *x, long timeout, unsigned int state)
{
	DEFINE_WAIT(wait);

	might_sleep();
	while (!x->done) {
		if (signal_pending_state(state, current)) {
			timeout = -ERESTARTSYS;
			break;
		}
		if (!timeout)
			break;
		prepare_to_wait_exclusive(&x->wait, &wait, state);
		timeout = schedule_timeout(timeout);
	}
	finish_wait(&x->wait, &wait);
	if (!x->done)
		return timeout;
	try_wait_for_completion(x);
	return timeout ? timeout : 1;
}

void wait_for_completion(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);
}

void wait_for_completion_io(struct completion *x)
{
	wait_for_completion(x);
}

int wait_for_completion_interruptible(struct completion *x)
{
	long t = wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE);

	return t == -ERESTARTSYS ? (int)t : 0;
}

int wait_for_completion_killable(struct completion *x)
{
	long t = wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE);

	return t == -ERESTARTSYS ? (int)t : 0;
}

unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, min(timeout, (unsigned long)MAX_SCHEDULE_TIMEOUT),
			   TASK_UNINTERRUPTIBLE);
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, min(timeout, (unsigned long)MAX_SCHEDULE_TIMEOUT),
			   TASK_INTERRUPTIBLE);
}

long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, min(timeout, (unsigned long)MAX_SCHEDULE_TIMEOUT), TASK_KILLABLE);
}
