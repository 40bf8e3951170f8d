// SPDX-License-Identifier: GPL-2.0
/*
 * Locks. All kinds are one engine: an exclusive owner or readers, and a queue in order of arrival.
 * Release hands the lock to the first in the queue. Spinlock waiters hold their fiber (virtual time
 * passes for others), sleeping waiters block as tasks do.
 */
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

struct kapi_lock_waiter {
	struct kapi_lock_waiter *next;
	struct task_struct *task;
	struct fiber *fiber;
	bool shared, spins, granted;
};

/* A static lock is only a name: its state is kept per kernel. */
static struct kapi_lock *lock_state(const struct kapi_lock *kl)
{
	if (unlikely(kapi_is_static(kl))) {
		struct kapi_lock *state = kapi_static(kapi_kernel(), kl, sizeof(*kl));

		if (!state)
			panic("out of memory for a lock");
		return state;
	}
	return (struct kapi_lock *)kl;
}

static bool lock_try(struct kapi_lock *kl, struct task_struct *task, bool shared)
{
	if (kl->owner || kl->first || (!shared && kl->readers))
		return false;
	if (shared)
		kl->readers++;
	else
		kl->owner = task;
	return true;
}

/* Not inlined: compilers take the waiter on the stack for a dangling pointer. */
static noinline void lock_enqueue(struct kapi_lock *kl, struct kapi_lock_waiter *w)
{
	if (kl->last)
		kl->last->next = w;
	else
		kl->first = w;
	kl->last = w;
}

static void lock_dequeue(struct kapi_lock *kl, struct kapi_lock_waiter *w)
{
	struct kapi_lock_waiter **p = &kl->first, *last = NULL;

	for (; *p; p = &(*p)->next) {
		if (*p == w) {
			*p = w->next;
			if (kl->last == w)
				kl->last = last;
			return;
		}
		last = *p;
	}
}

/* Hands a free lock to those who stand first: one owner, or all readers up to the next owner. */
static void lock_grant(struct kapi_lock *kl)
{
	struct kapi_lock_waiter *w;

	while ((w = kl->first) && !kl->owner && (w->shared || !kl->readers)) {
		kl->first = w->next;
		if (!kl->first)
			kl->last = NULL;
		if (w->shared)
			kl->readers++;
		else
			kl->owner = w->task;
		w->granted = true;
		if (w->spins)
			fiber_wake(w->fiber);
		else
			wake_up_state(w->task, TASK_NORMAL);
	}
}

static void lock_release(struct kapi_lock *kl, struct task_struct *task, bool shared)
{
	if (shared) {
		if (WARN(!kl->readers, "read unlock of a lock nobody reads\n"))
			return;
		kl->readers--;
	} else {
		if (WARN(!kl->owner, "unlock of a free lock\n"))
			return;
		WARN(kl->owner != task, "lock of task %s released by %s\n", kl->owner->comm,
		     task->comm);
		kl->owner = NULL;
	}
	lock_grant(kl);
}

static void lock_spin(struct kapi_frame *f, struct kapi_lock *kl, bool shared)
{
	struct kapi_lock_waiter w = {
		.task = f->task, .fiber = f->fiber, .shared = shared, .spins = true};

	if (lock_try(kl, f->task, shared))
		return;
	if (kl->owner == f->task) {
		pr_emerg("spinlock recursion, task %s\n", f->task->comm);
		BUG();
	}
	/* Code on the event loop holds no lock across events and takes none that fibers hold. */
	KAPI_ASSERT(f->fiber);
	f->k->stats.spin_waits++;
	lock_enqueue(kl, &w);
	while (!w.granted)
		kapi_park(f);
}

/* 0, or -EINTR when @state admits a signal that is pending. */
static int lock_sleep(struct kapi_frame *f, struct kapi_lock *kl, bool shared, unsigned int state)
{
	struct kapi_lock_waiter w = {.task = f->task, .fiber = f->fiber, .shared = shared};

	might_sleep();
	if (lock_try(kl, f->task, shared))
		return 0;
	if (kl->owner == f->task) {
		pr_emerg("task %s waits for a lock that it holds\n", f->task->comm);
		BUG();
	}
	lock_enqueue(kl, &w);
	for (;;) {
		set_current_state(state);
		if (w.granted)
			break;
		if (signal_pending_state(state, f->task)) {
			lock_dequeue(kl, &w);
			lock_grant(kl); /* readers behind a writer that gave up */
			__set_current_state(TASK_RUNNING);
			return -EINTR;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* ---- spinlocks ------------------------------------------------------------------------------- */

void kapi_spin_lock(struct kapi_lock *kl)
{
	struct kapi_frame *f = kapi_frame_here();

	f->preempt++;
	lock_spin(f, lock_state(kl), false);
}

bool kapi_spin_trylock(struct kapi_lock *kl)
{
	struct kapi_frame *f = kapi_frame_here();

	if (!lock_try(lock_state(kl), f->task, false))
		return false;
	f->preempt++;
	return true;
}

void kapi_spin_unlock(struct kapi_lock *kl)
{
	struct kapi_frame *f = kapi_frame_here();

	lock_release(lock_state(kl), f->task, false);
	preempt_enable();
}

void kapi_read_lock(struct kapi_lock *kl)
{
	struct kapi_frame *f = kapi_frame_here();

	f->preempt++;
	lock_spin(f, lock_state(kl), true);
}

void kapi_read_unlock(struct kapi_lock *kl)
{
	lock_release(lock_state(kl), current, true);
	preempt_enable();
}

bool kapi_lock_held(const struct kapi_lock *kl)
{
	const struct kapi_lock *state = lock_state(kl);

	return state->owner == current || state->readers;
}

bool kapi_lock_held_write(const struct kapi_lock *kl)
{
	return lock_state(kl)->owner == current;
}

/* ---- mutexes --------------------------------------------------------------------------------- */

void mutex_lock(struct mutex *lock)
{
	lock_sleep(kapi_frame_here(), lock_state(&lock->kl), false, TASK_UNINTERRUPTIBLE);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	return lock_sleep(kapi_frame_here(), lock_state(&lock->kl), false, TASK_INTERRUPTIBLE);
}

int mutex_lock_killable(struct mutex *lock)
{
	return lock_sleep(kapi_frame_here(), lock_state(&lock->kl), false, TASK_KILLABLE);
}

int mutex_trylock(struct mutex *lock)
{
	return lock_try(lock_state(&lock->kl), current, false);
}

void mutex_unlock(struct mutex *lock)
{
	lock_release(lock_state(&lock->kl), current, false);
}

bool mutex_is_locked(struct mutex *lock)
{
	return lock_state(&lock->kl)->owner != NULL;
}

/* ---- reader-writer semaphores ------------------------------------------------------------------
 */

void down_read(struct rw_semaphore *sem)
{
	lock_sleep(kapi_frame_here(), lock_state(&sem->kl), true, TASK_UNINTERRUPTIBLE);
}

int down_read_killable(struct rw_semaphore *sem)
{
	return lock_sleep(kapi_frame_here(), lock_state(&sem->kl), true, TASK_KILLABLE);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	return lock_try(lock_state(&sem->kl), current, true);
}

void up_read(struct rw_semaphore *sem)
{
	lock_release(lock_state(&sem->kl), current, true);
}

void down_write(struct rw_semaphore *sem)
{
	lock_sleep(kapi_frame_here(), lock_state(&sem->kl), false, TASK_UNINTERRUPTIBLE);
}

int down_write_killable(struct rw_semaphore *sem)
{
	return lock_sleep(kapi_frame_here(), lock_state(&sem->kl), false, TASK_KILLABLE);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	return lock_try(lock_state(&sem->kl), current, false);
}

void up_write(struct rw_semaphore *sem)
{
	lock_release(lock_state(&sem->kl), current, false);
}

void downgrade_write(struct rw_semaphore *sem)
{
	struct kapi_lock *kl = lock_state(&sem->kl);

	if (WARN_ON(kl->owner != current))
		return;
	kl->owner = NULL;
	kl->readers = 1;
	lock_grant(kl);
}

bool rwsem_is_locked(struct rw_semaphore *sem)
{
	struct kapi_lock *kl = lock_state(&sem->kl);

	return kl->owner || kl->readers;
}

/* ---- counting semaphores ------------------------------------------------------------------------
 */

struct sema_waiter {
	struct list_head node;
	struct task_struct *task;
	bool up;
};

static int down_common(struct semaphore *sem, unsigned int state, long timeout)
{
	struct sema_waiter w = {.task = current};
	int err = 0;

	might_sleep();
	if (sem->count) {
		sem->count--;
		return 0;
	}
	list_add_tail(&w.node, &sem->wait_list);
	for (;;) {
		set_current_state(state);
		if (w.up)
			break;
		if (signal_pending_state(state, current))
			err = -EINTR;
		else if (timeout <= 0)
			err = -ETIME;
		if (err) {
			list_del(&w.node);
			break;
		}
		timeout = schedule_timeout(timeout);
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

void down(struct semaphore *sem)
{
	down_common(sem, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

int down_interruptible(struct semaphore *sem)
{
	return down_common(sem, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

int down_killable(struct semaphore *sem)
{
	return down_common(sem, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
}

int down_timeout(struct semaphore *sem, long timeout)
{
	return down_common(sem, TASK_UNINTERRUPTIBLE, timeout);
}

int down_trylock(struct semaphore *sem)
{
	if (!sem->count)
		return 1;
	sem->count--;
	return 0;
}

void up(struct semaphore *sem)
{
	struct sema_waiter *w;

	w = list_first_entry_or_null(&sem->wait_list, struct sema_waiter, node);
	if (!w) {
		sem->count++;
		return;
	}
	list_del(&w->node);
	w->up = true;
	wake_up_process(w->task);
}
