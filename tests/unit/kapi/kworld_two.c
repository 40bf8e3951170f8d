// SPDX-License-Identifier: GPL-2.0
// Kernel code for the tests of whole kernels: side by side, traps, crashes, modules.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"
#include "tests/unit/kapi/two_world.h"

static DEFINE_IDA(two_ida);

struct two_timer {
	struct timer_list timer;
	struct side *side;
};

static struct two_timer *timer_of(struct side *s)
{
	return s->lock;
}

static void two_tick(struct timer_list *timer)
{
	struct two_timer *tt = from_timer(tt, timer, timer);

	tt->side->timer_runs++;
	tt->side->timer_ps = sim_now(tt->side->t->sim);
	if (kernel_current() != tt->side->k)
		tt->side->timer_runs = 1000;
}

void two_use(void *arg)
{
	struct side *s = arg;
	struct two_timer *tt = kzalloc(sizeof(*tt), GFP_KERNEL);
	u8 *p;

	for (int i = 0; i < 3; i++)
		s->ids[i] = ida_alloc(&two_ida, GFP_KERNEL);
	s->in_own_ram = (u8 *)tt - s->base >= (long)PRIM_BASE &&
			(u8 *)tt - s->base < (long)(PRIM_BASE + PRIM_RAM);
	p = page_address(virt_to_page(tt));
	s->in_own_ram = s->in_own_ram && PAGE_ALIGNED(p) && p <= (u8 *)tt;
	tt->side = s;
	s->lock = tt;
	timer_setup(&tt->timer, two_tick, 0);
	mod_timer(&tt->timer, jiffies + 3);
	s->random = get_random_u64();
}

void two_unuse(void *arg)
{
	struct side *s = arg;

	del_timer_sync(&timer_of(s)->timer);
	for (int i = 0; i < 3; i++)
		ida_free(&two_ida, s->ids[i]);
	kfree(timer_of(s));
}

/* ---- traps
 * --------------------------------------------------------------------------------------- */

struct trap_lock {
	spinlock_t spin;
	struct mutex host_mutex;
	wait_queue_head_t wq;
};

void trap_setup(void *arg)
{
	struct side *s = arg;
	struct trap_lock *l = kzalloc(sizeof(*l), GFP_KERNEL);

	spin_lock_init(&l->spin);
	mutex_init(&l->host_mutex);
	init_waitqueue_head(&l->wq);
	s->lock = l;
}

void trap_guest(void *arg)
{
	struct side *s = arg;
	struct trap_lock *l = s->lock;
	struct task_struct *me = current;
	void __iomem *io = ioremap(PRIM_MMIO, 64);
	unsigned long flags;

	spin_lock_irqsave(&l->spin, flags);
	s->task = me;
	set_current_state(
		TASK_UNINTERRUPTIBLE); /* as a waiter that looks once more before it sleeps */
	s->trap_begin = sim_now(s->t->sim);
	writel(1, io);
	s->woken = me->__state == TASK_RUNNING;
	__set_current_state(TASK_RUNNING);
	s->trap_end = sim_now(s->t->sim);
	s->same_task = current == me && kernel_current() == s->k && irqs_disabled();
	lockdep_assert_held(&l->spin);
	spin_unlock_irqrestore(&l->spin, flags);
	iounmap(io);
	s->ended = true;
}

void trap_rival(void *arg)
{
	struct side *s = arg;
	struct trap_lock *l = s->lock;

	udelay(100);
	spin_lock(&l->spin);
	s->other_got = sim_now(s->t->sim);
	spin_unlock(&l->spin);
}

void trap_wake(void *arg)
{
	struct side *s = arg;

	KT_CHECK(s->t, wake_up_process(s->task) == 1);
}

void trap_handle(struct side *host)
{
	struct trap_lock *l = host->lock;

	mutex_lock(&l->host_mutex); /* may sleep: the guest's lock is not ours */
	KT_CHECK(host->t, !in_atomic() && !irqs_disabled() && kernel_current() == host->k);
	usleep_range(3000, 3000);
	mutex_unlock(&l->host_mutex);
}

void trap_cleanup(void *arg)
{
	struct side *s = arg;

	kfree(s->lock);
}

/* ---- the end
 * ------------------------------------------------------------------------------------- */

void crash_main(void *arg)
{
	struct side *s = arg;

	BUG_ON(s->k == kernel_current());
	s->ended = true;
}

void panic_main(void *arg)
{
	struct side *s = arg;

	panic("no %s", "init");
	s->ended = true;
}

void sleep_for_ever(void *arg)
{
	struct side *s = arg;
	DECLARE_COMPLETION(c);

	wait_for_completion(&c);
	s->ended = true;
}

struct pending {
	struct two_timer tt;
	struct delayed_work work;
};

static void late_work(struct work_struct *work)
{
	pr_err("late work\n");
}

void arm_and_leave(void *arg)
{
	struct pending *p = kzalloc(sizeof(*p), GFP_KERNEL);

	p->tt.side = arg;
	timer_setup(&p->tt.timer, two_tick, 0);
	mod_timer(&p->tt.timer, jiffies + 10);
	INIT_DELAYED_WORK(&p->work, late_work);
	schedule_delayed_work(&p->work, 10);
}

void log_lines(void *arg)
{
	for (int i = 0; i < 100; i++)
		pr_info("line number %d of a hundred\n", i);
}

void log_levels(void *arg)
{
	pr_err("e\n");
	pr_warn("w\n");
	printk("default\n");
	pr_debug("never\n");
	pr_info("two\nlines\n");
	pr_info("no newline");
	udelay(5);
	pr_notice("n\n");
}

/* ---- a module with calls of several levels
 * ----------------------------------------------------------- */

const char *two_module_file = __FILE__;

/* What the calls report to; the tests' own, so a static is no harm. */
static struct kt *watch;
static int watch_fail;

void two_modules_watch(struct kt *t, int fail)
{
	watch = t;
	watch_fail = fail;
}

static int called(const char *what)
{
	if (watch)
		kt_mark(watch, what);
	return 0;
}

static int __init two_init(void)
{
	called("i");
	msleep(5); /* init calls may sleep */
	return watch_fail;
}

static void __exit two_exit(void)
{
	called("x");
}

static int __init two_late(void)
{
	return called("l");
}

static int __init two_early(void)
{
	return called("e");
}

late_initcall(two_late);
module_init(two_init);
module_exit(two_exit);
subsys_initcall(two_early);
MODULE_LICENSE("GPL");
