// SPDX-License-Identifier: GPL-2.0
/* Blocking and waking of tasks (kernel/sched/core.c, kernel/time/timer.c). */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "host-driver/kapi/kapi.h"

bool signal_pending(struct task_struct *p)
{
	return p->sigpending != 0;
}

bool fatal_signal_pending(struct task_struct *p)
{
	return p->sigpending >> (SIGKILL - 1) & 1;
}

bool signal_pending_state(unsigned int state, struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) || !signal_pending(p))
		return false;
	return (state & TASK_INTERRUPTIBLE) || fatal_signal_pending(p);
}

int wake_up_state(struct task_struct *p, unsigned int state)
{
	if (!(p->__state & state))
		return 0;
	p->__state = TASK_RUNNING;
	/* Only a fiber that waits in schedule() may be woken: elsewhere it waits for something
	 * else. */
	if (p->parked) {
		p->parked = false;
		fiber_wake(p->fiber);
	}
	return 1;
}

int wake_up_process(struct task_struct *p)
{
	return wake_up_state(p, TASK_NORMAL);
}

void kernel_task_signal(struct task_struct *task, int sig)
{
	if (sig < 1 || sig > 64)
		return;
	task->sigpending |= 1ull << (sig - 1);
	wake_up_state(task,
		      sig == SIGKILL ? TASK_INTERRUPTIBLE | TASK_WAKEKILL : TASK_INTERRUPTIBLE);
}

int send_sig(int sig, struct task_struct *p, int priv)
{
	if (sig < 0 || sig > 64)
		return -EINVAL;
	kernel_task_signal(p, sig);
	return 0;
}

/* Parks until the state is TASK_RUNNING or @until; false when the time is over. */
static bool sleep_until(struct kapi_frame *f, u64 until)
{
	struct task_struct *t = f->task;
	bool in_time = true;

	if (signal_pending_state(t->__state, t))
		t->__state = TASK_RUNNING;
	while (t->__state != TASK_RUNNING) {
		u64 now = sim_now(f->k->sim);

		if (until != SIM_NEVER && now >= until) {
			in_time = false;
			break;
		}
		t->parked = true;
		t->fiber = f->fiber;
		if (until == SIM_NEVER)
			kapi_park(f);
		else
			kapi_park_timeout(f, until - now);
		t->parked = false;
	}
	t->__state = TASK_RUNNING;
	kapi_spend(f, f->k->cfg.cost.context_switch);
	return in_time;
}

static void check_atomic(struct kapi_frame *f)
{
	KAPI_ASSERT(f->fiber);
	if (f->preempt || f->bh || f->irqs_off || f->hardirq || f->softirq)
		kapi_warn(__FILE__, __LINE__, "scheduling while atomic: task %s, preempt %u",
			  f->task->comm, f->preempt);
}

/* Never for nothing, like cpu_relax(): a loop that polls this way must end. */
static void give_turn(struct kapi_frame *f)
{
	kapi_spend(f, f->k->cfg.cost.context_switch ? f->k->cfg.cost.context_switch : 1);
}

void schedule(void)
{
	struct kapi_frame *f = kapi_frame_here();

	check_atomic(f);
	if (f->task->__state == TASK_RUNNING)
		give_turn(f);
	else
		sleep_until(f, SIM_NEVER);
}

int kapi_cond_resched(void)
{
	struct kapi_frame *f = kapi_frame_here();

	might_sleep();
	kapi_spend(f, 1);
	return 0;
}

void io_schedule(void)
{
	schedule();
}

void yield(void)
{
	__set_current_state(TASK_RUNNING);
	schedule();
}

long schedule_timeout(long timeout)
{
	struct kapi_frame *f = kapi_frame_here();
	unsigned long expire;

	check_atomic(f);
	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		pr_err("schedule_timeout: wrong timeout value %lx\n", timeout);
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	expire = jiffies + timeout;
	if (f->task->__state == TASK_RUNNING)
		give_turn(f);
	else
		sleep_until(f, kapi_jiffies_to_time(f->k, expire));
	timeout = expire - jiffies;
	return timeout < 0 ? 0 : timeout;
}

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}
