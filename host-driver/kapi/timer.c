// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel timers. Pending ones hang on events from a pool of their kernel, so that freeing a kernel
 * takes them all back; callbacks run on a borrowed fiber, because they may touch device registers.
 */
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "host-driver/kapi/kapi.h"

static void event_fire(struct sim *sim, struct sim_event *ev)
{
	struct kapi_event *e = container_of(ev, struct kapi_event, ev);
	struct kernel *k = e->k;
	struct kernel_frame frame;

	/* A crashed kernel's timers end here; who waits for one is stopped anyway. */
	if (k->crashed)
		return;
	kernel_enter(k, &frame);
	list_move_tail(&e->node, &k->running_events);
	e->fn(e);
	kernel_leave(&frame);
}

struct kapi_event *kapi_event_arm(struct kernel *k, u64 when, void (*fn)(struct kapi_event *),
				  void *owner)
{
	struct kapi_event *e;

	e = list_first_entry_or_null(&k->free_events, struct kapi_event, node);
	if (e) {
		list_move_tail(&e->node, &k->events);
	} else {
		e = kapi_host_alloc(k, sizeof(*e));
		if (!e)
			panic("out of memory for a timer");
		sim_event_init(&e->ev, event_fire);
		e->k = k;
		list_add_tail(&e->node, &k->events);
	}
	e->fn = fn;
	e->owner = owner;
	if (when != SIM_NEVER)
		sim_at(k->sim, &e->ev, max(when, sim_now(k->sim)), SIM_PRIO_SUBMIT);
	return e;
}

void kapi_event_cancel(struct kapi_event *e)
{
	sim_cancel(e->k->sim, &e->ev);
	list_move(&e->node, &e->k->free_events);
}

/* ---- timer_list ------------------------------------------------------------------------------ */

void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *timer), unsigned int flags)
{
	*timer = (struct timer_list){.function = fn, .flags = flags};
}

/* An event stays on the running list, with its owner, until its callback is over. */
static bool is_running(struct kernel *k, const void *owner)
{
	struct kapi_event *e;

	list_for_each_entry (e, &k->running_events, node)
		if (e->owner == owner)
			return true;
	return false;
}

static void running_done(struct kapi_event *e)
{
	struct kernel *k = e->k;

	e->owner = NULL;
	list_move(&e->node, &k->free_events);
	wake_up_all(&k->timer_wait);
}

static void timer_main(void *arg)
{
	struct kapi_event *e = arg;
	struct kapi_frame *f = kapi_frame_here();
	struct timer_list *t = e->owner;

	f->softirq = true;
	t->function(t); /* may free the timer */
	WARN(f->preempt, "timer callback left with %u locks\n", f->preempt);
	f->softirq = false;
	running_done(e);
}

static void timer_expire(struct kapi_event *e)
{
	struct timer_list *t = e->owner;

	t->event = NULL;
	if (t->function == kapi_delayed_work_timer) {
		/* Only queues the work: needs no fiber. */
		running_done(e);
		t->function(t);
	} else if (kapi_run(e->k, timer_main, e, "timer", NULL, true)) {
		running_done(e);
		WARN(1, "no fiber for a timer, it is lost\n");
	}
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	struct kernel *k = kapi_kernel();
	int was_pending = timer_pending(timer);

	if (was_pending)
		kapi_event_cancel(timer->event);
	timer->expires = expires;
	timer->event = kapi_event_arm(k, kapi_jiffies_to_time(k, expires), timer_expire, timer);
	return was_pending;
}

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return timer_pending(timer) ? mod_timer(timer, expires) : 0;
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	if (timer_pending(timer) && time_before_eq(timer->expires, expires))
		return 1;
	return mod_timer(timer, expires);
}

void add_timer(struct timer_list *timer)
{
	BUG_ON(timer_pending(timer));
	mod_timer(timer, timer->expires);
}

int del_timer(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	kapi_event_cancel(timer->event);
	timer->event = NULL;
	return 1;
}

int try_to_del_timer_sync(struct timer_list *timer)
{
	return is_running(kapi_kernel(), timer) ? -1 : del_timer(timer);
}

int del_timer_sync(struct timer_list *timer)
{
	struct kernel *k = kapi_kernel();
	int was_pending = del_timer(timer);

	/* The callback may arm it again. */
	while (is_running(k, timer)) {
		wait_event(k->timer_wait, !is_running(k, timer));
		was_pending |= del_timer(timer);
	}
	return was_pending;
}

/* ---- hrtimer --------------------------------------------------------------------------------- */

void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode)
{
	*timer = (struct hrtimer){.soft = mode & HRTIMER_MODE_SOFT};
}

static void hrtimer_arm(struct kernel *k, struct hrtimer *timer);

static void hrtimer_main(void *arg)
{
	struct kapi_event *e = arg;
	struct kernel *k = e->k;
	struct kapi_frame *f = kapi_frame_here();
	struct hrtimer *t = e->owner;
	enum hrtimer_restart ret;

	f->hardirq = !t->soft;
	f->softirq = t->soft;
	ret = t->function(t);
	f->hardirq = f->softirq = false;
	if (ret == HRTIMER_RESTART && !t->event)
		hrtimer_arm(k, t);
	running_done(e);
}

static void hrtimer_expire(struct kapi_event *e)
{
	struct hrtimer *t = e->owner;

	t->event = NULL;
	if (kapi_run(e->k, hrtimer_main, e, "hrtimer", NULL, true)) {
		running_done(e);
		WARN(1, "no fiber for a timer, it is lost\n");
	}
}

static void hrtimer_arm(struct kernel *k, struct hrtimer *timer)
{
	u64 ns = timer->_softexpires < 0 ? 0 : timer->_softexpires;
	u64 when = ns > SIM_NEVER / PS_PER_NS - 1 ? SIM_NEVER : ns * PS_PER_NS;

	timer->event = kapi_event_arm(k, when, hrtimer_expire, timer);
}

void hrtimer_start(struct hrtimer *timer, ktime_t tim, const enum hrtimer_mode mode)
{
	ktime_t now = ktime_get();

	if (timer->event)
		kapi_event_cancel(timer->event);
	if (mode & HRTIMER_MODE_REL)
		tim = tim > KTIME_MAX - now ? KTIME_MAX : now + tim;
	timer->_softexpires = tim;
	hrtimer_arm(kapi_kernel(), timer);
}

void hrtimer_start_range_ns(struct hrtimer *timer, ktime_t tim, u64 range_ns,
			    const enum hrtimer_mode mode)
{
	hrtimer_start(timer, tim, mode);
}

bool hrtimer_active(const struct hrtimer *timer)
{
	return timer->event || is_running(kapi_kernel(), timer);
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	if (is_running(kapi_kernel(), timer))
		return -1;
	if (!timer->event)
		return 0;
	kapi_event_cancel(timer->event);
	timer->event = NULL;
	return 1;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	struct kernel *k = kapi_kernel();
	int ret;

	while ((ret = hrtimer_try_to_cancel(timer)) < 0)
		wait_event(k->timer_wait, !is_running(k, timer));
	return ret;
}

u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
{
	s64 delta = ktime_sub(now, timer->_softexpires);
	u64 n;

	if (delta < 0 || WARN_ON(timer->event))
		return 0;
	interval = max(interval, (ktime_t)1);
	n = (u64)delta / (u64)interval + 1;
	timer->_softexpires += (ktime_t)n * interval;
	return n;
}

u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	return hrtimer_forward(timer, ktime_get(), interval);
}

ktime_t hrtimer_get_remaining(const struct hrtimer *timer)
{
	return ktime_sub(timer->_softexpires, ktime_get());
}
