// SPDX-License-Identifier: GPL-2.0
// Cases: work queues, kernel threads, interrupts, tasklets.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "host-driver/kapi/kernel.h"
#include "tests/unit/kapi/prim_world.h"

struct job {
	struct work_struct work;
	struct kt *t;
	const char *name;
	unsigned long us;
	int runs, inside, most;
	struct workqueue_struct *requeue;
	bool free_self;
};

static void job_run(struct work_struct *work)
{
	struct job *j = container_of(work, struct job, work);

	j->inside++;
	j->most = max(j->most, j->inside);
	kt_mark(j->t, j->name);
	KT_CHECK(j->t, current_work() == work && !in_atomic());
	usleep_range(j->us, j->us);
	kt_mark(j->t, ".");
	j->inside--;
	j->runs++;
	if (j->free_self)
		kfree(j);
	else if (j->requeue && j->runs < 3)
		queue_work(j->requeue, work);
}

static void job_init(struct job *j, struct kt *t, const char *name, unsigned long us)
{
	*j = (struct job){.t = t, .name = name, .us = us};
	INIT_WORK(&j->work, job_run);
}

static void ordered(struct kt *t)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("ord-%d", WQ_MEM_RECLAIM, 1);
	struct job a, b, c;

	job_init(&a, t, "a", 100);
	job_init(&b, t, "b", 10);
	job_init(&c, t, "c", 10);
	KT_CHECK(t, queue_work(wq, &a.work));
	KT_CHECK(t, queue_work(wq, &b.work));
	KT_CHECK(t, !queue_work(wq, &b.work)); /* pending already */
	udelay(50);
	KT_CHECK(t, work_busy(&a.work) == WORK_BUSY_RUNNING);
	KT_CHECK(t, work_busy(&b.work) == WORK_BUSY_PENDING);
	KT_CHECK(t, queue_work(wq, &a.work)); /* running is not pending */
	queue_work(wq, &c.work);
	flush_workqueue(wq);
	KT_CHECK(t, kt_trail_is(t, "a.b.a.c."));
	KT_CHECK(t, !flush_work(&a.work));
	destroy_workqueue(wq);
}

static void concurrent(struct kt *t)
{
	struct workqueue_struct *wq = alloc_workqueue("conc", WQ_UNBOUND, 2);
	struct job a, b, c;
	u64 begin = ktime_get_ns();

	job_init(&a, t, "a", 100);
	job_init(&b, t, "b", 150);
	job_init(&c, t, "c", 10);
	queue_work(wq, &a.work);
	queue_work(wq, &b.work);
	queue_work(wq, &c.work);
	udelay(20);
	queue_work(wq, &a.work); /* never on two workers at a time */
	flush_work(&c.work);
	KT_CHECK(t, kt_trail_is(t, "ab.c.a")); /* two at a time */
	drain_workqueue(wq);
	KT_CHECK(t, kt_trail_is(t, "ab.c.a.."));
	KT_CHECK(t, a.most == 1 && a.runs == 2);
	KT_CHECK(t, ktime_get_ns() - begin < 300000);
	destroy_workqueue(wq);
}

static void cancel(struct kt *t)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("cancel", 0);
	struct job a, b;

	job_init(&a, t, "a", 100);
	job_init(&b, t, "b", 10);
	queue_work(wq, &a.work);
	queue_work(wq, &b.work);
	udelay(20);
	KT_CHECK(t, cancel_work_sync(&b.work));
	KT_CHECK(t, !cancel_work_sync(&b.work));
	KT_CHECK(t, !cancel_work_sync(&a.work)); /* not pending, but waited for */
	KT_CHECK(t, kt_trail_is(t, "a."));
	/* A work that queues itself again cannot while it is being cancelled. */
	a.requeue = wq;
	a.runs = 0;
	queue_work(wq, &a.work);
	udelay(20);
	cancel_work_sync(&a.work);
	flush_workqueue(wq);
	KT_CHECK(t, a.runs == 1);
	/* Draining lets a work queue itself on. */
	a.runs = 0;
	queue_work(wq, &a.work);
	drain_workqueue(wq);
	KT_CHECK(t, a.runs == 3);
	destroy_workqueue(wq);
}

static void self_free(struct kt *t)
{
	struct job *j = kzalloc(sizeof(*j), GFP_KERNEL);

	job_init(j, t, "f", 10);
	j->free_self = true;
	schedule_work(&j->work);
	flush_work(&j->work); /* must not look at the freed work afterwards */
	KT_CHECK(t, kt_trail_is(t, "f."));
	destroy_workqueue(system_wq);
}

struct later {
	struct delayed_work work;
	struct kt *t;
	unsigned long at;
	int runs;
};

static void later_run(struct work_struct *work)
{
	struct later *l = container_of(to_delayed_work(work), struct later, work);

	l->at = jiffies;
	l->runs++;
}

static void delayed(struct kt *t)
{
	struct workqueue_struct *wq = alloc_workqueue("delay", 0, 0);
	struct later l = {.t = t};
	unsigned long j = jiffies;

	INIT_DELAYED_WORK(&l.work, later_run);
	KT_CHECK(t, queue_delayed_work(wq, &l.work, 5));
	KT_CHECK(t, !queue_delayed_work(wq, &l.work, 1));
	KT_CHECK(t, mod_delayed_work(wq, &l.work, 8));
	msleep(60);
	KT_CHECK(t, l.runs == 1 && l.at == j + 9);
	queue_delayed_work(wq, &l.work, 5);
	KT_CHECK(t, delayed_work_pending(&l.work));
	KT_CHECK(t, cancel_delayed_work_sync(&l.work));
	msleep(40);
	KT_CHECK(t, l.runs == 1);
	queue_delayed_work(wq, &l.work, 100);
	KT_CHECK(t, flush_delayed_work(&l.work)); /* at once */
	KT_CHECK(t, l.runs == 2);
	queue_delayed_work(wq, &l.work, 0);
	flush_workqueue(wq);
	KT_CHECK(t, l.runs == 3);
	destroy_workqueue(wq);
}

static int loops(void *arg)
{
	int n = 0;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
		n++;
	}
	__set_current_state(TASK_RUNNING);
	return n;
}

static int never(void *arg)
{
	kt_mark(arg, "never");
	return 0;
}

static void threads(struct kt *t)
{
	struct task_struct *p = kthread_run(loops, t, "loop/%d", 7);

	KT_CHECK(t, !strcmp(p->comm, "loop/7") && (p->flags & PF_KTHREAD));
	msleep(1);
	KT_CHECK(t, wake_up_process(p) == 1);
	KT_CHECK(t, wake_up_process(p) == 0); /* it runs already */
	msleep(1);
	KT_CHECK(t, kthread_stop(p) == 2);
	p = kthread_create(never, t, "never");
	KT_CHECK(t, kthread_stop(p) == -EINTR);
	KT_CHECK(t, kt_trail_is(t, ""));
}

const struct kt_case kt_work_cases[] = {
	{"ordered queue: one at a time, in order", ordered},
	{"concurrency limit, no work twice at a time", concurrent},
	{"cancel and drain", cancel},
	{"a work may free itself", self_free},
	{"delayed work", delayed},
	{"kernel threads", threads},
	{NULL, NULL},
};

/* ---- interrupts
 * ----------------------------------------------------------------------------------- */

struct source {
	struct kt *t;
	int irq;
	int hard, thread;
	u64 hard_ns, thread_ns;
	unsigned long linger_us;
	irqreturn_t ret;
	int masked;
	spinlock_t *lock;
};

static irqreturn_t hard_fn(int irq, void *dev)
{
	struct source *s = dev;

	s->hard++;
	s->hard_ns = ktime_get_ns();
	KT_CHECK(s->t, irq == s->irq && in_hardirq() && irqs_disabled());
	if (s->lock) {
		spin_lock(s->lock);
		kt_mark(s->t, "h");
		spin_unlock(s->lock);
	}
	return s->ret;
}

static irqreturn_t thread_fn(int irq, void *dev)
{
	struct source *s = dev;

	s->thread++;
	s->thread_ns = ktime_get_ns();
	KT_CHECK(s->t, !in_atomic() && !irqs_disabled());
	might_sleep();
	kt_mark(s->t, "(");
	usleep_range(s->linger_us, s->linger_us);
	kt_mark(s->t, ")");
	return IRQ_HANDLED;
}

static void chip_mask(unsigned int irq, void *data)
{
	((struct source *)data)->masked++;
}

static void chip_unmask(unsigned int irq, void *data)
{
	((struct source *)data)->masked--;
}

static const struct kapi_irq_chip chip = {"test", chip_mask, chip_unmask};

static void source_init(struct source *s, struct kt *t)
{
	*s = (struct source){.t = t, .masked = 1, .ret = IRQ_WAKE_THREAD};
	s->irq = kapi_irq_alloc(t->k, NUMA_NO_NODE, &chip, s);
	KT_CHECK(t, s->irq > 0);
}

static void irq_threads(struct kt *t)
{
	struct source s;
	u64 begin;
	u32 vector;

	source_init(&s, t);
	vector = kapi_irq_vector(t->k, s.irq);
	KT_CHECK(t, vector && kapi_irq_chip_data(t->k, s.irq) == &s);
	kernel_irq(t->k, vector); /* nobody listens: spurious */
	KT_CHECK(t, request_threaded_irq(s.irq, NULL, NULL, 0, "x", &s) == -EINVAL);
	KT_CHECK(t, request_threaded_irq(9999, hard_fn, NULL, 0, "x", &s) == -EINVAL);
	KT_CHECK(t, !request_threaded_irq(s.irq, hard_fn, thread_fn, 0, "x", &s));
	KT_CHECK(t, s.masked == 0);
	KT_CHECK(t, request_irq(s.irq, hard_fn, 0, "y", &s) == -EBUSY);
	begin = ktime_get_ns();
	kernel_irq(t->k, vector);
	KT_CHECK(t, s.hard == 0); /* not before this fiber gives way */
	msleep(1);
	KT_CHECK(t, s.hard == 1 && s.hard_ns - begin == 500);
	KT_CHECK(t, s.thread == 1 && s.thread_ns - begin == 1500);
	/* One that comes while the thread runs makes it run again, once. */
	s.linger_us = 50;
	kernel_irq(t->k, vector);
	udelay(10);
	kernel_irq(t->k, vector);
	udelay(10);
	kernel_irq(t->k, vector);
	udelay(10);
	synchronize_irq(s.irq);
	KT_CHECK(t, s.hard == 4 && s.thread == 3);
	KT_CHECK(t, kt_trail_is(t, "()()()"));
	kernel_irq(t->k, vector);
	udelay(5);
	KT_CHECK(t, !strcmp(free_irq(s.irq, &s), "x")); /* waits for the thread */
	KT_CHECK(t, s.thread == 4 && s.masked == 1);
	KT_CHECK(t, kapi_irq_count(t->k, s.irq) == 5);
	kapi_irq_free(t->k, s.irq);
	kernel_irq(t->k, vector);
	KT_CHECK(t, kapi_irq_vector(t->k, s.irq) == 0);
}

static void irq_disable_enable(struct kt *t)
{
	struct source s;

	source_init(&s, t);
	s.ret = IRQ_HANDLED;
	KT_CHECK(t, !request_irq(s.irq, hard_fn, 0, "x", &s));
	disable_irq(s.irq);
	disable_irq(s.irq);
	kapi_irq_raise(t->k, s.irq);
	kapi_irq_raise(t->k, s.irq);
	udelay(5);
	KT_CHECK(t, s.hard == 0);
	enable_irq(s.irq);
	udelay(5);
	KT_CHECK(t, s.hard == 0);
	enable_irq(s.irq);
	udelay(5);
	KT_CHECK(t, s.hard == 1); /* the one that was kept */
	free_irq(s.irq, &s);
	KT_CHECK(t, free_irq(s.irq, &s) == NULL);
	kapi_irq_free(t->k, s.irq);
	t->want_warnings = 1;
}

/* Interrupts off on one fiber hold the kernel's interrupts back; order of arrival is kept. */
static void irq_save(struct kt *t)
{
	struct source s[2];
	spinlock_t lock;
	unsigned long flags;

	spin_lock_init(&lock);
	for (int i = 0; i < 2; i++) {
		source_init(&s[i], t);
		s[i].ret = IRQ_HANDLED;
		s[i].lock = &lock;
		KT_CHECK(t, !request_irq(s[i].irq, hard_fn, 0, "x", &s[i]));
	}
	spin_lock_irqsave(&lock, flags);
	KT_CHECK(t, irqs_disabled());
	kapi_irq_raise(t->k, s[1].irq);
	kapi_irq_raise(t->k, s[0].irq);
	udelay(20);
	kt_mark(t, "u");
	KT_CHECK(t, s[0].hard + s[1].hard == 0);
	spin_unlock_irqrestore(&lock, flags);
	KT_CHECK(t, !irqs_disabled());
	udelay(20);
	KT_CHECK(t, kt_trail_is(t, "uhh"));
	KT_CHECK(t, s[1].hard == 1 && s[0].hard == 1);
	for (int i = 0; i < 2; i++) {
		free_irq(s[i].irq, &s[i]);
		kapi_irq_free(t->k, s[i].irq);
	}
}

/* Each on the processor of its node that has fewest; on any where the node has none. */
static void irq_processors(struct kt *t)
{
	static const int node[] = {0, 0, 0, 1, 1, NUMA_NO_NODE, 9, 0};
	static const u32 cpu[] = {0, 1, 0, 2, 3, 1, 2, 0};
	int irq[ARRAY_SIZE(node)];

	for (u32 i = 0; i < ARRAY_SIZE(node); i++) {
		irq[i] = kapi_irq_alloc(t->k, node[i], NULL, NULL);
		KT_CHECK(t, kapi_irq_cpu(t->k, irq[i]) == cpu[i]);
	}
	kapi_irq_free(t->k, irq[0]);
	KT_CHECK(t, kapi_irq_alloc(t->k, 0, NULL, NULL) == irq[0]);
	KT_CHECK(t, kapi_irq_cpu(t->k, irq[0]) == 0);
	for (u32 i = 0; i < ARRAY_SIZE(node); i++)
		kapi_irq_free(t->k, irq[i]);
}

/* Enough numbers to need more than one destination; each has its own vector. */
static void irq_many(struct kt *t)
{
	static const int n = 600;
	int *irq = kcalloc(n, sizeof(*irq), GFP_KERNEL);
	u32 last = 0;

	for (int i = 0; i < n; i++) {
		irq[i] = kapi_irq_alloc(t->k, NUMA_NO_NODE, NULL, NULL);
		KT_CHECK(t, kapi_irq_vector(t->k, irq[i]) > last);
		last = kapi_irq_vector(t->k, irq[i]);
		KT_CHECK(t, (last & 0xff) >= 0x30 && (last & 0xff) < 0xf0);
	}
	KT_CHECK(t, last >> 8 == (u32)(n - 1) / 192);
	kapi_irq_free(t->k, irq[5]);
	KT_CHECK(t, kapi_irq_alloc(t->k, NUMA_NO_NODE, NULL, NULL) == irq[5]);
	kfree(irq);
}

static void tasklet_run(struct tasklet_struct *tl)
{
	kt_mark((struct kt *)tl->data, "t");
	KT_CHECK((struct kt *)tl->data, in_softirq());
	udelay(10);
}

static void tasklets(struct kt *t)
{
	struct tasklet_struct tl;

	tasklet_setup(&tl, tasklet_run);
	tl.data = (unsigned long)t;
	tasklet_schedule(&tl);
	tasklet_schedule(&tl); /* once */
	udelay(5);
	tasklet_schedule(&tl); /* again after the one that runs */
	tasklet_kill(&tl);
	KT_CHECK(t, kt_trail_is(t, "tt"));
	tasklet_disable(&tl);
	tasklet_schedule(&tl);
	udelay(30);
	KT_CHECK(t, kt_trail_is(t, "tt"));
	tasklet_enable(&tl);
	tasklet_kill(&tl);
	KT_CHECK(t, kt_trail_is(t, "ttt"));
}

const struct kt_case kt_irq_cases[] = {
	{"hard handler, thread, synchronize, free", irq_threads},
	{"disable nests, enable replays", irq_disable_enable},
	{"irqsave holds interrupts back", irq_save},
	{"numbers and vectors", irq_many},
	{"processors of interrupts", irq_processors},
	{"tasklets", tasklets},
	{NULL, NULL},
};
