// SPDX-License-Identifier: GPL-2.0
/* Tasklets (kernel/softirq.c): each runs on a borrowed fiber, never twice at a time. */
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/wait.h>
#include "host-driver/kapi/kapi.h"

#define TASKLET_STATE_SCHED 0 /* waits for its run */
#define TASKLET_STATE_RUN   1 /* its fiber exists */

void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long), unsigned long data)
{
	*t = (struct tasklet_struct){.func = func, .data = data};
}

void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *))
{
	*t = (struct tasklet_struct){.callback = callback, .use_callback = true};
}

static void tasklet_main(void *arg)
{
	struct tasklet_struct *t = arg;
	struct kapi_frame *f = kapi_frame_here();

	f->softirq = true;
	while (!t->count && test_and_clear_bit(TASKLET_STATE_SCHED, &t->state)) {
		if (t->use_callback)
			t->callback(t);
		else
			t->func(t->data);
	}
	f->softirq = false;
	clear_bit(TASKLET_STATE_RUN, &t->state);
	wake_up_all(&f->k->timer_wait);
}

static void tasklet_start(struct tasklet_struct *t)
{
	if (t->count || test_and_set_bit(TASKLET_STATE_RUN, &t->state))
		return;
	if (kapi_run(kapi_kernel(), tasklet_main, t, "tasklet", NULL, true)) {
		clear_bit(TASKLET_STATE_RUN, &t->state);
		WARN(1, "no fiber for a tasklet\n");
	}
}

void tasklet_schedule(struct tasklet_struct *t)
{
	set_bit(TASKLET_STATE_SCHED, &t->state);
	tasklet_start(t);
}

void tasklet_kill(struct tasklet_struct *t)
{
	struct kernel *k = kapi_kernel();

	might_sleep();
	wait_event(k->timer_wait, !t->state);
}

void tasklet_disable(struct tasklet_struct *t)
{
	struct kernel *k = kapi_kernel();

	t->count++;
	wait_event(k->timer_wait, !test_bit(TASKLET_STATE_RUN, &t->state));
}

void tasklet_enable(struct tasklet_struct *t)
{
	if (WARN_ON(!t->count) || --t->count)
		return;
	if (test_bit(TASKLET_STATE_SCHED, &t->state))
		tasklet_start(t);
}
