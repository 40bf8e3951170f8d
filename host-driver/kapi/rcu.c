// SPDX-License-Identifier: GPL-2.0
/*
 * RCU. A reader that touches a device register lets time pass inside its read section, so sections
 * are counted in two phases and a grace period waits for the phase that was current when it began.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "host-driver/kapi/kapi.h"

void kapi_rcu_init(struct kernel *k)
{
	k->rcu.tail = &k->rcu.head;
	init_waitqueue_head(&k->rcu.wait);
}

void rcu_read_lock(void)
{
	struct kapi_frame *f = kapi_frame_here();

	if (f->rcu_depth++)
		return;
	f->rcu_idx = f->k->rcu.idx;
	f->k->rcu.readers[f->rcu_idx]++;
}

void rcu_read_unlock(void)
{
	struct kapi_frame *f = kapi_frame_here();

	if (WARN_ON(!f->rcu_depth) || --f->rcu_depth)
		return;
	if (--f->k->rcu.readers[f->rcu_idx] == 0)
		wake_up_all(&f->k->rcu.wait);
}

int rcu_read_lock_held(void)
{
	return kapi_frame_here()->rcu_depth != 0;
}

void synchronize_rcu(void)
{
	struct kapi_rcu *r = &kapi_kernel()->rcu;
	u8 old;

	might_sleep();
	wait_event(r->wait, !r->busy);
	r->busy = true;
	old = r->idx;
	r->idx ^= 1;
	/* The kernel finds quiescent processors by the tick: a grace period takes one at least. */
	schedule_timeout_uninterruptible(1);
	wait_event(r->wait, !r->readers[old]);
	r->busy = false;
	wake_up_all(&r->wait);
}

/* Small "functions" are offsets of the head in an object to be freed. */
static void invoke(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;

	if (offset < PAGE_SIZE)
		kfree((void *)head - offset);
	else
		head->func(head);
}

static void rcu_main(void *arg)
{
	struct kernel *k = arg;
	struct kapi_frame *f = kapi_frame_here();
	struct kapi_rcu *r = &k->rcu;

	while (r->head) {
		struct rcu_head *list = r->head, *next;

		r->head = NULL;
		r->tail = &r->head;
		synchronize_rcu();
		for (; list; list = next) {
			next = list->next;
			f->softirq = true;
			invoke(list);
			f->softirq = false;
			r->done++;
		}
		wake_up_all(&r->wait);
	}
	r->draining = false;
	wake_up_all(&r->wait);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct kernel *k = kapi_kernel();
	struct kapi_rcu *r = &k->rcu;

	head->func = func;
	head->next = NULL;
	*r->tail = head;
	r->tail = &head->next;
	r->queued++;
	if (r->draining)
		return;
	r->draining = true;
	if (kapi_run(k, rcu_main, k, "rcu", NULL, true)) {
		r->draining = false;
		WARN(1, "no fiber for RCU callbacks\n");
	}
}

void kapi_kfree_rcu(struct rcu_head *head, void *ptr)
{
	call_rcu(head, (rcu_callback_t)((void *)head - ptr));
}

void rcu_barrier(void)
{
	struct kapi_rcu *r = &kapi_kernel()->rcu;
	u64 target = r->queued;

	wait_event(r->wait, r->done >= target);
}
