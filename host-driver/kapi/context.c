// SPDX-License-Identifier: GPL-2.0
/* Frames and tasks: which kernel and which context the running code belongs to. */
#include <linux/cred.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

int dprintf(int fd, const char *fmt, ...); /* libc's */
void abort(void) __noreturn;

/* Top frame of the event loop's own stack. One thread runs the simulator; fibers keep their own. */
static struct kapi_frame *event_top;

static const struct cred kernel_cred = {.cap_effective = ~0ull};

void kapi_assert_fail(const char *expr, const char *file, int line)
{
	struct kapi_frame *f = kapi_top();

	dprintf(2, "%s:%d: kapi: assertion failed: %s (kernel %s, task %s)\n", file, line, expr,
		f ? f->k->name : "none", f ? f->task->comm : "none");
	abort();
}

struct kapi_frame *kapi_top(void)
{
	struct fiber *fiber = fiber_current();

	return fiber ? fiber_local(fiber) : event_top;
}

struct kapi_frame *kapi_frame_here(void)
{
	struct kapi_frame *f = kapi_top();

	KAPI_ASSERT(f);
	return f;
}

static void set_top(struct kapi_frame *f)
{
	struct fiber *fiber = fiber_current();

	if (fiber)
		fiber_set_local(fiber, f);
	else
		event_top = f;
}

struct kernel *kernel_current(void)
{
	struct kapi_frame *f = kapi_top();

	return f ? f->k : NULL;
}

struct task_struct *kapi_current(void)
{
	return kapi_frame_here()->task;
}

static void push(struct kernel *k, struct task_struct *task, struct kernel_frame *save)
{
	struct kapi_frame *f = (struct kapi_frame *)save;

	_Static_assert(sizeof(*f) <= sizeof(*save), "struct kernel_frame is too small");
	memset(f, 0, sizeof(*f));
	f->prev = kapi_top();
	f->k = k;
	f->task = task;
	f->fiber = fiber_current();
	f->event = !f->fiber;
	if (f->prev && f->prev->fiber == f->fiber) {
		f->irq_k = f->prev->irq_k;
		f->irq_cpu = f->prev->irq_cpu;
	}
	f->was_fiber = task->fiber;
	task->fiber = f->fiber;
	list_add_tail(&f->node, &k->frames);
	set_top(f);
}

void kernel_enter_as(struct kernel *k, struct task_struct *task, struct kernel_frame *save)
{
	KAPI_ASSERT(!k->dead);
	push(k, task, save);
	k->guests_inside++;
}

void kernel_enter(struct kernel *k, struct kernel_frame *save)
{
	struct fiber *fiber = fiber_current();
	struct task_struct *task;

	if (!fiber) {
		kernel_enter_as(k, k->idle, save);
		return;
	}
	task = kapi_task_alloc(k, fiber_name(fiber));
	KAPI_ASSERT(task);
	kernel_enter_as(k, task, save);
	((struct kapi_frame *)save)->own_task = true;
}

static void pop(struct kapi_frame *f)
{
	KAPI_ASSERT(kapi_top() == f);
	if (f->preempt || f->bh || f->irqs_off || f->rcu_depth) {
		kapi_warn(__FILE__, __LINE__,
			  "task %s leaves with locks held: preempt %u, bh %u, irqs %s, rcu %u",
			  f->task->comm, f->preempt, f->bh, f->irqs_off ? "off" : "on",
			  f->rcu_depth);
		while (f->rcu_depth)
			rcu_read_unlock();
		f->preempt = f->bh = 0;
		if (f->irqs_off)
			kapi_irq_enable();
	}
	list_del(&f->node);
	f->task->fiber = f->was_fiber;
	set_top(f->prev);
	if (f->own_task)
		put_task_struct(f->task);
}

void kernel_leave(struct kernel_frame *save)
{
	struct kapi_frame *f = (struct kapi_frame *)save;

	f->k->guests_inside--;
	pop(f);
}

/* ---- tasks --------------------------------------------------------------------------------- */

void *kapi_host_alloc(struct kernel *k, size_t size)
{
	void **block = calloc(1, sizeof(void *) * 2 + size);

	if (!block)
		return NULL;
	block[0] = k->host_blocks;
	k->host_blocks = block;
	return block + 2;
}

struct task_struct *kapi_task_alloc(struct kernel *k, const char *comm)
{
	struct task_struct *t;

	t = list_first_entry_or_null(&k->free_tasks, struct task_struct, kapi_node);
	if (t) {
		list_del(&t->kapi_node);
		memset(t, 0, sizeof(*t));
	} else {
		t = kapi_host_alloc(k, sizeof(*t));
		if (!t)
			return NULL;
	}
	t->pid = t->tgid = k->next_pid++;
	t->flags = PF_KTHREAD;
	t->cred = &kernel_cred;
	t->group_leader = t;
	t->kernel = k;
	t->usage = 1;
	strscpy(t->comm, comm, sizeof(t->comm));
	list_add_tail(&t->kapi_node, &k->tasks);
	return t;
}

struct task_struct *kernel_task_new(struct kernel *k, const char *comm)
{
	struct task_struct *t = kapi_task_alloc(k, comm);

	if (t)
		t->flags &= ~PF_KTHREAD;
	return t;
}

struct task_struct *get_task_struct(struct task_struct *p)
{
	p->usage++;
	return p;
}

void put_task_struct(struct task_struct *p)
{
	KAPI_ASSERT(p->usage);
	if (--p->usage)
		return;
	p->__state = TASK_DEAD;
	list_move_tail(&p->kapi_node, &p->kernel->free_tasks);
}

void kernel_task_free(struct task_struct *task)
{
	if (task)
		put_task_struct(task);
}

/* ---- fibers -------------------------------------------------------------------------------- */

void kapi_stop_here(void)
{
	KAPI_ASSERT(fiber_current());
	for (;;)
		fiber_park();
}

void kapi_check_alive(struct kapi_frame *f)
{
	if (unlikely(f->k->dead))
		kapi_stop_here();
}

void kapi_park(struct kapi_frame *f)
{
	KAPI_ASSERT(f->fiber && f->fiber == fiber_current());
	fiber_park();
	kapi_check_alive(f);
}

bool kapi_park_timeout(struct kapi_frame *f, u64 ps)
{
	bool woken;

	KAPI_ASSERT(f->fiber && f->fiber == fiber_current());
	woken = fiber_park_timeout(ps);
	kapi_check_alive(f);
	return woken;
}

/* @ps of work; longer when it is an interrupt's and its processor has others to work on. */
static u64 work_time(const struct kapi_frame *f, u64 ps)
{
	const struct kernel *k = f->irq_k;

	if (!k || k->dead || !k->cfg.irq_work)
		return ps;
	return k->cfg.irq_work(k->cfg.irq_ctx, f->irq_cpu, ps) - sim_now(k->sim);
}

void kapi_spend(struct kapi_frame *f, u64 ps)
{
	if (!f->fiber || !ps)
		return;
	fiber_sleep(work_time(f, ps));
	kapi_check_alive(f);
}

void kernel_access(u64 ps)
{
	fiber_sleep(work_time(kapi_frame_here(), ps));
}

void kernel_spend(u64 ps)
{
	kapi_spend(kapi_frame_here(), ps);
}

static void start_main(void *arg)
{
	struct kapi_start *s = arg;
	struct kernel *k = s->k;
	struct kernel_frame frame;

	if (k->dead)
		return;
	push(k, s->task, &frame);
	s->fn(s->arg);
	pop((struct kapi_frame *)&frame);
	if (s->put_task)
		put_task_struct(s->task);
	k->fibers--;
	list_add(&s->node, &k->free_starts);
}

int kapi_run(struct kernel *k, void (*fn)(void *), void *arg, const char *name,
	     struct task_struct *task, bool put)
{
	struct kapi_start *s;

	s = list_first_entry_or_null(&k->free_starts, struct kapi_start, node);
	if (s)
		list_del(&s->node);
	else
		s = kapi_host_alloc(k, sizeof(*s));
	if (!s)
		return -ENOMEM;
	strscpy(s->name, name, sizeof(s->name));
	if (!task) {
		task = kapi_task_alloc(k, s->name);
		put = true;
	}
	s->k = k;
	s->task = task;
	s->put_task = put;
	s->fn = fn;
	s->arg = arg;
	if (!task || !fiber_spawn(k->sim, start_main, s, s->name)) {
		if (task && put)
			put_task_struct(task);
		list_add(&s->node, &k->free_starts);
		return -ENOMEM;
	}
	k->fibers++;
	return 0;
}

int kernel_run_on_fiber(struct kernel *k, void (*fn)(void *arg), void *arg, const char *name)
{
	return kapi_run(k, fn, arg, name, NULL, true);
}

int kernel_run_task(struct kernel *k, struct task_struct *task, void (*fn)(void *arg), void *arg)
{
	return kapi_run(k, fn, arg, task->comm, task, false);
}

/* ---- context ------------------------------------------------------------------------------- */

void preempt_disable(void)
{
	kapi_frame_here()->preempt++;
}

void preempt_enable(void)
{
	struct kapi_frame *f = kapi_frame_here();

	if (WARN_ON(!f->preempt))
		return;
	f->preempt--;
}

int preempt_count(void)
{
	struct kapi_frame *f = kapi_frame_here();

	return f->preempt + f->bh + f->hardirq + f->softirq;
}

bool in_atomic(void)
{
	return preempt_count() != 0;
}

bool in_hardirq(void)
{
	return kapi_frame_here()->hardirq;
}

bool in_softirq(void)
{
	struct kapi_frame *f = kapi_frame_here();

	return f->softirq || f->bh;
}

bool in_interrupt(void)
{
	return in_hardirq() || in_softirq();
}

bool in_task(void)
{
	struct kapi_frame *f = kapi_frame_here();

	return !f->hardirq && !f->softirq && !f->event;
}

void local_bh_disable(void)
{
	kapi_frame_here()->bh++;
}

void local_bh_enable(void)
{
	struct kapi_frame *f = kapi_frame_here();

	if (WARN_ON(!f->bh))
		return;
	f->bh--;
}

void kapi_might_sleep(const char *file, int line)
{
	struct kapi_frame *f = kapi_frame_here();

	if (likely(!f->preempt && !f->bh && !f->irqs_off && !f->hardirq && !f->softirq &&
		   !f->event && !f->rcu_depth))
		return;
	kapi_warn(file, line,
		  "sleeping function called from invalid context: task %s, preempt %u, irqs %s%s",
		  f->task->comm, f->preempt, f->irqs_off || f->hardirq ? "off" : "on",
		  f->rcu_depth ? ", in an RCU read section" : "");
}

bool irqs_disabled(void)
{
	struct kapi_frame *f = kapi_frame_here();

	return f->irqs_off || f->hardirq;
}

void kapi_irq_disable(void)
{
	struct kapi_frame *f = kapi_frame_here();

	/* A handler runs with its own processor's interrupts off: others go on. */
	if (f->irqs_off || f->hardirq)
		return;
	f->irqs_off = true;
	f->k->irqs_off++;
}

void kapi_irq_enable(void)
{
	struct kapi_frame *f = kapi_frame_here();

	if (!f->irqs_off)
		return;
	f->irqs_off = false;
	if (--f->k->irqs_off == 0)
		kapi_irq_deliver_held(f->k);
}

unsigned long kapi_irq_save(void)
{
	unsigned long off = irqs_disabled();

	kapi_irq_disable();
	return off;
}

void kapi_irq_restore(unsigned long flags)
{
	if (!flags)
		kapi_irq_enable();
}

/* ---- credentials ---------------------------------------------------------------------------- */

bool capable(int cap)
{
	struct task_struct *t = current;

	return cap >= 0 && cap < 64 && (t->cred->cap_effective >> cap & 1);
}

kuid_t current_uid(void)
{
	return current->cred->uid;
}

kuid_t current_euid(void)
{
	return current->cred->euid;
}
