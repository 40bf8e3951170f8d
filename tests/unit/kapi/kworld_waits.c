// SPDX-License-Identifier: GPL-2.0
// Cases: wait queues, completions, RCU, signals, clocks, timers.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include "tests/unit/kapi/prim_world.h"

struct shared {
	struct kt *t;
	wait_queue_head_t wq;
	struct completion c, ended;
	bool flag;
	int left;
	long ret;
};

struct sleeper {
	struct shared *s;
	const char *name;
	unsigned long wait_us;
	int (*run)(struct sleeper *w);
};

static int sleeper_main(void *arg)
{
	struct sleeper *w = arg;
	struct shared *s = w->s;

	udelay(w->wait_us);
	w->run(w);
	if (--s->left == 0)
		complete(&s->ended);
	return 0;
}

static struct task_struct *sleeper_start(struct sleeper *w)
{
	w->s->left++;
	return kthread_run(sleeper_main, w, "%s", w->name);
}

static void shared_init(struct shared *s, struct kt *t)
{
	*s = (struct shared){.t = t};
	init_waitqueue_head(&s->wq);
	init_completion(&s->c);
	init_completion(&s->ended);
}

static int wait_flag(struct sleeper *w)
{
	wait_event(w->s->wq, w->s->flag);
	kt_mark(w->s->t, w->name);
	return 0;
}

static int wait_exclusive(struct sleeper *w)
{
	KT_CHECK(w->s->t, !wait_event_interruptible_exclusive(w->s->wq, w->s->flag));
	kt_mark(w->s->t, w->name);
	w->s->flag = false;
	return 0;
}

static void wait_events(struct kt *t)
{
	struct shared s;
	struct sleeper a = {&s, "a", 1, wait_flag}, b = {&s, "b", 5, wait_flag};

	shared_init(&s, t);
	sleeper_start(&a);
	sleeper_start(&b);
	msleep(1);
	KT_CHECK(t, waitqueue_active(&s.wq));
	wake_up(&s.wq); /* the condition does not hold: they go on waiting */
	msleep(1);
	KT_CHECK(t, kt_trail_is(t, ""));
	s.flag = true;
	wake_up(&s.wq);
	wait_for_completion(&s.ended);
	/* As in the kernel: the newest is woken first, and the first wake-up made a the newest. */
	KT_CHECK(t, kt_trail_is(t, "ab"));
	KT_CHECK(t, !waitqueue_active(&s.wq));
	wait_event(s.wq, true);
}

static void wait_exclusives(struct kt *t)
{
	struct shared s;
	struct sleeper a = {&s, "a", 1, wait_exclusive}, b = {&s, "b", 5, wait_exclusive};
	struct sleeper c = {&s, "c", 9, wait_exclusive};

	shared_init(&s, t);
	sleeper_start(&a);
	sleeper_start(&b);
	sleeper_start(&c);
	for (int i = 0; i < 3; i++) {
		msleep(1);
		s.flag = true;
		wake_up(&s.wq);
	}
	wait_for_completion(&s.ended);
	KT_CHECK(t, kt_trail_is(t, "abc"));
}

static void wait_timeouts(struct kt *t)
{
	wait_queue_head_t wq;
	unsigned long begin = jiffies;
	bool flag = false;

	init_waitqueue_head(&wq);
	KT_CHECK(t, wait_event_timeout(wq, flag, 10) == 0);
	KT_CHECK(t, jiffies - begin == 11); /* never early: the next tick */
	flag = true;
	KT_CHECK(t, wait_event_timeout(wq, flag, 10) == 10);
	KT_CHECK(t, wait_event_interruptible_timeout(wq, !flag, 3) == 0);
	/* A time-out of n jiffies ends at a tick. */
	KT_CHECK(t, ktime_get_ns() % (NSEC_PER_SEC / HZ) <= 1000);
}

static int wait_signal(struct sleeper *w)
{
	struct shared *s = w->s;

	s->ret = wait_event_interruptible(s->wq, s->flag);
	KT_CHECK(s->t, signal_pending(current) && !fatal_signal_pending(current));
	/* Pending signals end the next wait at once. */
	KT_CHECK(s->t, wait_for_completion_interruptible(&s->c) == -ERESTARTSYS);
	KT_CHECK(s->t, wait_event_killable(s->wq, s->flag) == -ERESTARTSYS);
	return 0;
}

static void signals(struct kt *t)
{
	struct shared s;
	struct sleeper a = {&s, "a", 1, wait_signal};
	struct task_struct *p;

	shared_init(&s, t);
	p = sleeper_start(&a);
	msleep(1);
	send_sig(SIGTERM, p, 0);
	msleep(1);
	KT_CHECK(t, s.ret == -ERESTARTSYS);
	send_sig(SIGKILL, p, 0);
	wait_for_completion(&s.ended);
	KT_CHECK(t, send_sig(65, p, 0) == -EINVAL);
}

static int wait_done(struct sleeper *w)
{
	wait_for_completion(&w->s->c);
	kt_mark(w->s->t, w->name);
	return 0;
}

static void completions(struct kt *t)
{
	struct shared s;
	struct sleeper a = {&s, "a", 1, wait_done}, b = {&s, "b", 5, wait_done};
	struct sleeper c = {&s, "c", 9, wait_done};

	shared_init(&s, t);
	KT_CHECK(t, !try_wait_for_completion(&s.c));
	KT_CHECK(t, wait_for_completion_timeout(&s.c, 2) == 0);
	sleeper_start(&a);
	sleeper_start(&b);
	sleeper_start(&c);
	msleep(1);
	complete(&s.c);
	msleep(1);
	KT_CHECK(t, kt_trail_is(t, "a"));
	complete_all(&s.c);
	wait_for_completion(&s.ended);
	KT_CHECK(t, kt_trail_is(t, "abc"));
	KT_CHECK(t, completion_done(&s.c));
	KT_CHECK(t, wait_for_completion_timeout(&s.c, 5) == 5);
	reinit_completion(&s.c);
	KT_CHECK(t, !completion_done(&s.c));
	/* Completions add up. */
	complete(&s.c);
	complete(&s.c);
	wait_for_completion(&s.c);
	wait_for_completion(&s.c);
	KT_CHECK(t, !completion_done(&s.c));
}

struct rcu_thing {
	struct rcu_head rcu;
	struct kt *t;
	int value;
};

static int rcu_reader(struct sleeper *w)
{
	rcu_read_lock();
	kt_mark(w->s->t, "(");
	mdelay(20);
	kt_mark(w->s->t, ")");
	rcu_read_unlock();
	return 0;
}

static void rcu_called(struct rcu_head *head)
{
	struct rcu_thing *r = container_of(head, struct rcu_thing, rcu);

	kt_mark(r->t, "c");
	KT_CHECK(r->t, in_softirq());
	kfree(r);
}

static void rcu(struct kt *t)
{
	struct shared s;
	struct sleeper a = {&s, "a", 1, rcu_reader};
	struct rcu_thing *one = kzalloc(sizeof(*one), GFP_KERNEL);
	struct rcu_thing *two = kzalloc(sizeof(*two), GFP_KERNEL);

	shared_init(&s, t);
	sleeper_start(&a);
	msleep(1);
	one->t = t;
	call_rcu(&one->rcu, rcu_called);
	kfree_rcu(two, rcu);
	synchronize_rcu();
	kt_mark(t, "s");
	rcu_barrier();
	kt_mark(t, "b");
	/* Nothing ends before the reader that was there has left. */
	KT_CHECK(t, kt_trail_is(t, "()csb") || kt_trail_is(t, "()scb"));
	wait_for_completion(&s.ended);
}

static void fired(void *arg, u64 n)
{
	kt_mark(arg, n == 3 ? "3" : "?");
}

static int efd_reader(struct sleeper *w)
{
	struct eventfd_ctx *ctx = (struct eventfd_ctx *)w->s->ret;
	u64 n = 0;

	KT_CHECK(w->s->t, kapi_eventfd_read(ctx, &n, false) == 0);
	KT_CHECK(w->s->t, n == 3);
	kt_mark(w->s->t, w->name);
	return 0;
}

static void eventfds(struct kt *t)
{
	struct eventfd_ctx *ctx = kapi_eventfd_new(t->k, 0, 0);
	struct shared s;
	struct sleeper a = {&s, "r", 1, efd_reader};
	u64 n;

	shared_init(&s, t);
	s.ret = (long)ctx;
	kapi_eventfd_hook(ctx, fired, t);
	KT_CHECK(t, kapi_eventfd_read(ctx, &n, true) == -EAGAIN);
	sleeper_start(&a);
	msleep(1);
	KT_CHECK(t, eventfd_signal(ctx, 3) == 3);
	wait_for_completion(&s.ended);
	KT_CHECK(t, kt_trail_is(t, "3r"));
	kapi_eventfd_hook(ctx, NULL, NULL);
	KT_CHECK(t, kapi_eventfd_write(ctx, ULLONG_MAX) == -EINVAL);
	KT_CHECK(t, kapi_eventfd_write(ctx, ULLONG_MAX - 1) == 0);
	KT_CHECK(t, kapi_eventfd_write(ctx, 1) == -EAGAIN);
	KT_CHECK(t, eventfd_signal(ctx, 5) == 1);
	eventfd_ctx_put(ctx);
	ctx = kapi_eventfd_new(t->k, 2, EFD_SEMAPHORE);
	KT_CHECK(t, kapi_eventfd_read(ctx, &n, true) == 0 && n == 1);
	KT_CHECK(t, kapi_eventfd_count(ctx) == 1);
	eventfd_ctx_put(ctx);
	KT_CHECK(t, PTR_ERR(eventfd_ctx_fdget(3)) == -EBADF);
}

const struct kt_case kt_wait_cases[] = {
	{"wait_event: condition, order", wait_events},
	{"wait_event: exclusive waiters FIFO", wait_exclusives},
	{"wait_event: time-outs", wait_timeouts},
	{"signals end interruptible waits", signals},
	{"completion: order, counting, time-out", completions},
	{"RCU: grace periods wait for readers", rcu},
	{"eventfd: signal, read, overflow, hook", eventfds},
	{NULL, NULL},
};

/* ---- time ---------------------------------------------------------------------------------------
 */

static void delays(struct kt *t)
{
	u64 begin = ktime_get_ns();
	unsigned long j;

	KT_CHECK(t, jiffies == INITIAL_JIFFIES);
	udelay(7);
	ndelay(5);
	KT_CHECK(t, ktime_get_ns() - begin == 7005);
	cpu_relax();
	KT_CHECK(t, ktime_get_ns() - begin == 7045);
	mdelay(2);
	KT_CHECK(t, ktime_get_ns() - begin == 2007045);
	begin = ktime_get_ns();
	usleep_range(10, 20);
	KT_CHECK(t, ktime_get_ns() - begin == 21000); /* and a context switch */
	j = jiffies;
	msleep(10);
	/* 10 ms are 3 ticks of 4 ms; msleep() adds one, the timer wheel another. */
	KT_CHECK(t, jiffies - j == 5);
	/* Far timers fire in steps of 8 ticks. */
	j = jiffies;
	schedule_timeout_uninterruptible(100);
	KT_CHECK(t, jiffies % 8 == 0 && jiffies - j > 100 && jiffies - j <= 108);
	KT_CHECK(t, msecs_to_jiffies(10) == 3 && msecs_to_jiffies(0) == 0);
	KT_CHECK(t, msecs_to_jiffies(-1) == MAX_JIFFY_OFFSET);
	KT_CHECK(t, jiffies_to_msecs(3) == 12);
	KT_CHECK(t, time_after(jiffies, j) && time_before(j, jiffies));
	KT_CHECK(t, schedule_timeout_uninterruptible(0) == 0);
	KT_CHECK(t, ktime_to_us(ktime_add_us(ktime_set(1, 500), 2)) == 1000002);
}

struct tick {
	struct timer_list timer;
	struct kt *t;
	unsigned long at;
	int runs, again;
	u64 linger_us;
};

static void ticked(struct timer_list *timer)
{
	struct tick *k = from_timer(k, timer, timer);

	k->at = jiffies;
	k->runs++;
	KT_CHECK(k->t, in_softirq() && in_atomic());
	udelay(k->linger_us);
	if (k->again-- > 0)
		mod_timer(&k->timer, jiffies + 2);
}

static void timers(struct kt *t)
{
	struct tick k = {.t = t};
	unsigned long j = jiffies;

	timer_setup(&k.timer, ticked, 0);
	KT_CHECK(t, mod_timer(&k.timer, j + 10) == 0);
	KT_CHECK(t, timer_pending(&k.timer));
	KT_CHECK(t, mod_timer(&k.timer, j + 5) == 1);
	msleep(40);
	KT_CHECK(t, k.runs == 1 && k.at == j + 6);
	KT_CHECK(t, !timer_pending(&k.timer));
	KT_CHECK(t, del_timer(&k.timer) == 0);
	mod_timer(&k.timer, jiffies + 1);
	KT_CHECK(t, del_timer_sync(&k.timer) == 1);
	msleep(20);
	KT_CHECK(t, k.runs == 1);
	/* del_timer_sync() waits for a callback under way and beats one that re-arms. */
	k.again = 1000;
	k.linger_us = 3000;
	mod_timer(&k.timer, jiffies + 1);
	while (k.runs == 1)
		cpu_relax();
	KT_CHECK(t, try_to_del_timer_sync(&k.timer) == -1);
	KT_CHECK(t, del_timer_sync(&k.timer) == 1);
	j = k.runs;
	msleep(40);
	KT_CHECK(t, k.runs == (int)j);
	mod_timer(&k.timer, jiffies - 5); /* in the past: at the next tick */
	k.again = 0;
	k.linger_us = 0;
	udelay(1);
	KT_CHECK(t, k.runs == (int)j);
	mdelay(4);
	KT_CHECK(t, k.runs == (int)j + 1);
}

struct htick {
	struct hrtimer timer;
	struct kt *t;
	int runs;
	u64 last_ns;
};

static enum hrtimer_restart hticked(struct hrtimer *timer)
{
	struct htick *h = container_of(timer, struct htick, timer);

	h->last_ns = ktime_get_ns();
	KT_CHECK(h->t, in_hardirq());
	if (++h->runs == 3)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(700));
	return HRTIMER_RESTART;
}

static void hrtimers(struct kt *t)
{
	struct htick h = {.t = t};
	u64 begin = ktime_get_ns();

	hrtimer_init(&h.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	h.timer.function = hticked;
	hrtimer_start(&h.timer, ns_to_ktime(1500), HRTIMER_MODE_REL);
	KT_CHECK(t, hrtimer_active(&h.timer));
	msleep(1);
	KT_CHECK(t, h.runs == 3);
	KT_CHECK(t, h.last_ns - begin == 1500 + 2 * 700);
	KT_CHECK(t, !hrtimer_active(&h.timer));
	hrtimer_start(&h.timer, ns_to_ktime(5000), HRTIMER_MODE_REL);
	KT_CHECK(t, hrtimer_cancel(&h.timer) == 1);
	KT_CHECK(t, hrtimer_cancel(&h.timer) == 0);
	msleep(1);
	KT_CHECK(t, h.runs == 3);
}

const struct kt_case kt_time_cases[] = {
	{"delays and clocks", delays},
	{"timers: re-arm, delete, running callback", timers},
	{"hrtimers", hrtimers},
	{NULL, NULL},
};
