/* SPDX-License-Identifier: GPL-2.0 */
/* Work queues (kernel/workqueue.c): a worker borrows a fiber only while it runs. */
#ifndef _LINUX_WORKQUEUE_H
#define _LINUX_WORKQUEUE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>

struct workqueue_struct;
struct work_struct;

typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;
	work_func_t func;
	struct workqueue_struct *wq; /* kapi: the last queue it was on */
	u64 seq;		     /* kapi: its turn there */
	u32 pending;
	u32 canceling;
};

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
	int cpu;
};

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
};

#define WQ_UNBOUND	   (1 << 1)
#define WQ_FREEZABLE	   (1 << 2)
#define WQ_MEM_RECLAIM	   (1 << 3)
#define WQ_HIGHPRI	   (1 << 4)
#define WQ_CPU_INTENSIVE   (1 << 5)
#define WQ_SYSFS	   (1 << 6)
#define WQ_POWER_EFFICIENT (1 << 7)
#define __WQ_ORDERED	   (1 << 17)
#define __WQ_LEGACY	   (1 << 18)
#define WQ_MAX_ACTIVE	   512
#define WQ_DFL_ACTIVE	   (WQ_MAX_ACTIVE / 2)
#define WORK_CPU_UNBOUND   64

#define __WORK_INITIALIZER(n, f)                                                                   \
	{                                                                                          \
		.entry = LIST_HEAD_INIT((n).entry), .func = (f)                                    \
	}
#define DECLARE_WORK(n, f) struct work_struct n = __WORK_INITIALIZER(n, f)

static inline void INIT_WORK(struct work_struct *work, work_func_t func)
{
	*work = (struct work_struct){.func = func};
	INIT_LIST_HEAD(&work->entry);
}

void kapi_delayed_work_timer(struct timer_list *t);

static inline void INIT_DELAYED_WORK(struct delayed_work *dwork, work_func_t func)
{
	INIT_WORK(&dwork->work, func);
	timer_setup(&dwork->timer, kapi_delayed_work_timer, TIMER_IRQSAFE);
	dwork->wq = NULL;
	dwork->cpu = 0;
}

#define INIT_WORK_ONSTACK		 INIT_WORK
#define INIT_DELAYED_WORK_ONSTACK	 INIT_DELAYED_WORK
#define INIT_DEFERRABLE_WORK		 INIT_DELAYED_WORK
#define destroy_work_on_stack(w)	 ((void)(w))
#define destroy_delayed_work_on_stack(w) ((void)(w))

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

#define work_pending(w)		((w)->pending != 0)
#define delayed_work_pending(w) work_pending(&(w)->work)

/* NULL when memory is out. @max_active 0: the default. */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
	__printf(1, 4);
#define alloc_ordered_workqueue(fmt, flags, args...)                                               \
	alloc_workqueue(fmt, WQ_UNBOUND | __WQ_ORDERED | (flags), 1, ##args)
#define create_workqueue(name) alloc_workqueue("%s", __WQ_LEGACY | WQ_MEM_RECLAIM, 1, (name))
#define create_singlethread_workqueue(name)                                                        \
	alloc_ordered_workqueue("%s", __WQ_LEGACY | WQ_MEM_RECLAIM, name)
void destroy_workqueue(struct workqueue_struct *wq);

bool queue_work(struct workqueue_struct *wq, struct work_struct *work); /* false: already pending */
bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work);
bool queue_work_node(int node, struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay);
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork);
void flush_workqueue(struct workqueue_struct *wq); /* __flush_workqueue() in 6.1 */
void drain_workqueue(struct workqueue_struct *wq);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
bool cancel_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dwork);
bool cancel_delayed_work_sync(struct delayed_work *dwork);
unsigned int work_busy(struct work_struct *work);
struct work_struct *current_work(void);
void workqueue_set_max_active(struct workqueue_struct *wq, int max_active);

#define WORK_BUSY_PENDING (1 << 0)
#define WORK_BUSY_RUNNING (1 << 1)

struct workqueue_struct *kapi_system_wq(void);
struct workqueue_struct *kapi_system_unbound_wq(void);
#define system_wq	  kapi_system_wq()
#define system_long_wq	  kapi_system_wq()
#define system_highpri_wq kapi_system_wq()
#define system_unbound_wq kapi_system_unbound_wq()

static inline bool schedule_work(struct work_struct *work)
{
	return queue_work(system_wq, work);
}

static inline bool schedule_delayed_work(struct delayed_work *dwork, unsigned long delay)
{
	return queue_delayed_work(system_wq, dwork, delay);
}

#endif
