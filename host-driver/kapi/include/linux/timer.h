/* SPDX-License-Identifier: GPL-2.0 */
/* Timers on the tick; the callback runs in softirq context (kernel/time/timer.c). */
#ifndef _LINUX_TIMER_H
#define _LINUX_TIMER_H

#include <linux/jiffies.h>
#include <linux/list.h>

struct kapi_event;

struct timer_list {
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
	struct kapi_event *event; /* kapi: its place in the event queue while pending */
};

#define TIMER_DEFERRABLE 0x00080000
#define TIMER_PINNED	 0x00100000
#define TIMER_IRQSAFE	 0x00200000

#define __TIMER_INITIALIZER(fn, fl)                                                                \
	{                                                                                          \
		.function = (fn), .flags = (fl)                                                    \
	}
#define DEFINE_TIMER(name, fn) struct timer_list name = __TIMER_INITIALIZER(fn, 0)

void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *timer),
		 unsigned int flags);
#define timer_setup_on_stack		       timer_setup
#define destroy_timer_on_stack(t)	       ((void)(t))
#define from_timer(var, callback_timer, field) container_of(callback_timer, typeof(*var), field)

int mod_timer(struct timer_list *timer, unsigned long expires); /* 1 when it was pending */
int mod_timer_pending(struct timer_list *timer, unsigned long expires);
int timer_reduce(struct timer_list *timer, unsigned long expires);
void add_timer(struct timer_list *timer);
int del_timer(struct timer_list *timer);	     /* 1 when it was pending */
int del_timer_sync(struct timer_list *timer);	     /* waits for a running callback as well */
int try_to_del_timer_sync(struct timer_list *timer); /* -1 while the callback runs */

static inline int timer_pending(const struct timer_list *timer)
{
	return timer->event != NULL;
}

#endif
