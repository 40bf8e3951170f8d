// SPDX-License-Identifier: GPL-2.0
/*
 * Work queues. A worker is a fiber that exists only while there is work: each queue starts up to
 * max_active of them. Flushing counts in turns: every queued work gets the next number of its
 * queue.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "host-driver/kapi/kapi.h"

struct workqueue_struct {
	struct list_head node; /* in kernel.workqueues */
	struct kernel *k;
	char name[24];
	unsigned int flags;
	u32 max_active;
	u32 workers;		  /* fibers alive or about to run */
	u64 seq;		  /* turns given out */
	struct list_head pending; /* work_struct.entry, FIFO */
	struct list_head running; /* struct worker.node */
	wait_queue_head_t done;	  /* a work ended or left */
	bool draining;
};

/* One work under way; lives on the worker's stack. The work itself may be gone already. */
struct worker {
	struct list_head node;
	struct workqueue_struct *wq;
	struct work_struct *work;
	work_func_t func;
	u64 seq;
};

static struct worker *find_running(struct workqueue_struct *wq, const struct work_struct *work)
{
	struct worker *w;

	list_for_each_entry (w, &wq->running, node)
		if (w->work == work)
			return w;
	return NULL;
}

static bool running_anywhere(struct kernel *k, const struct work_struct *work)
{
	struct workqueue_struct *wq;

	list_for_each_entry (wq, &k->workqueues, node)
		if (find_running(wq, work))
			return true;
	return false;
}

/* Next work that may start: a work never runs on two workers at a time. */
static struct work_struct *next_work(struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry (work, &wq->pending, entry)
		if (!running_anywhere(wq->k, work))
			return work;
	return NULL;
}

static void worker_main(void *arg)
{
	struct workqueue_struct *wq = arg;
	struct kernel *k = wq->k;
	struct kapi_frame *f = kapi_frame_here();
	struct worker w = {.wq = wq};
	struct work_struct *work;

	current->flags |= PF_WQ_WORKER;
	current->worker = &w;
	kapi_spend(f, k->cfg.cost.context_switch);
	while ((work = next_work(wq)) != NULL) {
		list_del_init(&work->entry);
		work->pending = 0;
		w.work = work;
		w.func = work->func;
		w.seq = work->seq;
		list_add_tail(&w.node, &wq->running);
		w.func(work);
		if (f->preempt || f->bh || f->irqs_off) {
			kapi_warn(__FILE__, __LINE__, "a work on %s left with locks held\n",
				  wq->name);
			f->preempt = f->bh = 0;
			kapi_irq_enable();
		}
		list_del(&w.node);
		wake_up_all(&wq->done);
	}
	current->worker = NULL;
	wq->workers--;
	wake_up_all(&wq->done);
}

static void start_worker(struct workqueue_struct *wq)
{
	char name[32];

	if (wq->workers >= wq->max_active)
		return;
	snprintf(name, sizeof(name), "kworker/%s", wq->name);
	if (kapi_run(wq->k, worker_main, wq, name, NULL, true)) {
		/* Those that run will take it; with none it would be stuck for ever. */
		WARN(!wq->workers, "no fiber for a worker of %s\n", wq->name);
		return;
	}
	wq->workers++;
}

/* The pending mark is already set. */
static void enqueue(struct workqueue_struct *wq, struct work_struct *work)
{
	const struct worker *w = current->worker;

	if (wq->draining && !(w && w->wq == wq) &&
	    WARN(1, "work queued on %s while it drains\n", wq->name)) {
		work->pending = 0;
		return;
	}
	work->wq = wq;
	work->seq = ++wq->seq;
	list_add_tail(&work->entry, &wq->pending);
	start_worker(wq);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->pending || work->canceling)
		return false;
	work->pending = 1;
	enqueue(wq, work);
	return true;
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	return queue_work(wq, work);
}

bool queue_work_node(int node, struct workqueue_struct *wq, struct work_struct *work)
{
	return queue_work(wq, work);
}

/* ---- waiting and cancelling -------------------------------------------------------------------
 */

static bool turns_over(struct workqueue_struct *wq, u64 seq)
{
	struct work_struct *work;
	struct worker *w;

	list_for_each_entry (work, &wq->pending, entry)
		if (work->seq <= seq)
			return false;
	list_for_each_entry (w, &wq->running, node)
		if (w->seq <= seq)
			return false;
	return true;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	u64 seq = wq->seq;
	const struct worker *self = current->worker;

	if (WARN(self && self->wq == wq, "a work on %s flushes its own queue\n", wq->name))
		return;
	wait_event(wq->done, turns_over(wq, seq));
}

void drain_workqueue(struct workqueue_struct *wq)
{
	bool was = wq->draining;

	wq->draining = true;
	wait_event(wq->done, list_empty(&wq->pending) && list_empty(&wq->running));
	wq->draining = was;
}

/* Whether @work still waits with a turn up to @seq, or runs. @work may be gone: compare only. */
static bool work_busy_until(struct workqueue_struct *wq, const struct work_struct *work, u64 seq)
{
	struct work_struct *p;
	const struct worker *w = find_running(wq, work);

	if (w && w->seq <= seq)
		return true;
	list_for_each_entry (p, &wq->pending, entry)
		if (p == work)
			return p->seq <= seq;
	return false;
}

bool flush_work(struct work_struct *work)
{
	struct workqueue_struct *wq = work->wq;
	u64 seq = work->seq;

	might_sleep();
	if (!wq || !work_busy_until(wq, work, seq))
		return false;
	wait_event(wq->done, !work_busy_until(wq, work, seq));
	return true;
}

static bool unqueue(struct work_struct *work)
{
	if (!work->pending || list_empty(&work->entry))
		return false;
	list_del_init(&work->entry);
	work->pending = 0;
	wake_up_all(&work->wq->done);
	return true;
}

bool cancel_work(struct work_struct *work)
{
	return unqueue(work);
}

static void wait_not_running(struct work_struct *work)
{
	struct workqueue_struct *wq = work->wq;
	const struct worker *self = current->worker;

	/* A work that cancels itself would wait for ever. */
	if (!wq || WARN(self && self->work == work, "a work cancels itself\n"))
		return;
	wait_event(wq->done, !find_running(wq, work));
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was_pending;

	might_sleep();
	work->canceling++;
	was_pending = unqueue(work);
	wait_not_running(work);
	work->canceling--;
	return was_pending;
}

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy = work->pending ? WORK_BUSY_PENDING : 0;

	if (work->wq && find_running(work->wq, work))
		busy |= WORK_BUSY_RUNNING;
	return busy;
}

struct work_struct *current_work(void)
{
	const struct worker *w = current->worker;

	return w ? w->work : NULL;
}

/* ---- delayed work ------------------------------------------------------------------------------
 */

void kapi_delayed_work_timer(struct timer_list *t)
{
	struct delayed_work *dwork = from_timer(dwork, t, timer);

	enqueue(dwork->wq, &dwork->work);
}

static void queue_delayed(struct workqueue_struct *wq, struct delayed_work *dwork,
			  unsigned long delay)
{
	dwork->work.pending = 1;
	dwork->wq = wq;
	dwork->work.wq = wq;
	if (delay)
		mod_timer(&dwork->timer, jiffies + delay);
	else
		enqueue(wq, &dwork->work);
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay)
{
	if (dwork->work.pending || dwork->work.canceling)
		return false;
	queue_delayed(wq, dwork, delay);
	return true;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	if (del_timer(&dwork->timer)) {
		dwork->work.pending = 0;
		return true;
	}
	return unqueue(&dwork->work);
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	bool was_pending;

	if (dwork->work.canceling)
		return false;
	was_pending = cancel_delayed_work(dwork);
	queue_delayed(wq, dwork, delay);
	return was_pending;
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	bool was_pending;

	might_sleep();
	dwork->work.canceling++;
	was_pending = cancel_delayed_work(dwork);
	wait_not_running(&dwork->work);
	dwork->work.canceling--;
	return was_pending;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (del_timer_sync(&dwork->timer))
		enqueue(dwork->wq, &dwork->work);
	return flush_work(&dwork->work);
}

static void rcu_work_ready(struct rcu_head *rcu)
{
	struct rcu_work *rwork = container_of(rcu, struct rcu_work, rcu);

	enqueue(rwork->wq, &rwork->work);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	if (rwork->work.pending)
		return false;
	rwork->work.pending = 1;
	rwork->wq = wq;
	call_rcu(&rwork->rcu, rcu_work_ready);
	return true;
}

/* ---- queues ------------------------------------------------------------------------------------
 */

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct kernel *k = kapi_kernel();
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_NOWAIT);
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	vscnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	wq->k = k;
	wq->flags = flags;
	wq->max_active = clamp(max_active ? max_active : WQ_DFL_ACTIVE, 1, WQ_MAX_ACTIVE);
	INIT_LIST_HEAD(&wq->pending);
	INIT_LIST_HEAD(&wq->running);
	init_waitqueue_head(&wq->done);
	list_add_tail(&wq->node, &k->workqueues);
	return wq;
}

void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
	if (WARN_ON(wq->flags & __WQ_ORDERED))
		return;
	wq->max_active = clamp(max_active ? max_active : WQ_DFL_ACTIVE, 1, WQ_MAX_ACTIVE);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	wq->draining = true;
	wait_event(wq->done, list_empty(&wq->pending) && list_empty(&wq->running) && !wq->workers);
	if (wq == wq->k->events_wq)
		wq->k->events_wq = NULL;
	if (wq == wq->k->events_unbound_wq)
		wq->k->events_unbound_wq = NULL;
	list_del(&wq->node);
	kfree(wq);
}

static struct workqueue_struct *system_queue(struct workqueue_struct **slot, const char *name,
					     unsigned int flags)
{
	if (!*slot) {
		*slot = alloc_workqueue("%s", flags, 0, name);
		if (!*slot)
			panic("out of memory for work queue %s", name);
	}
	return *slot;
}

struct workqueue_struct *kapi_system_wq(void)
{
	return system_queue(&kapi_kernel()->events_wq, "events", 0);
}

struct workqueue_struct *kapi_system_unbound_wq(void)
{
	return system_queue(&kapi_kernel()->events_unbound_wq, "events_unbound", WQ_UNBOUND);
}
