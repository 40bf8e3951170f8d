/* SPDX-License-Identifier: GPL-2.0 */
/* Atomic context: counts per fiber and kernel. */
#ifndef _LINUX_PREEMPT_H
#define _LINUX_PREEMPT_H

#include <linux/types.h>

void preempt_disable(void);
void preempt_enable(void);
int preempt_count(void);
bool in_atomic(void);
bool in_hardirq(void);
bool in_softirq(void);
bool in_interrupt(void);
bool in_task(void);
void local_bh_disable(void);
void local_bh_enable(void);

#define in_irq()		    in_hardirq()
#define in_serving_softirq()	    in_softirq()
#define preempt_enable_no_resched() preempt_enable()
#define preemptible()		    (!in_atomic())

#endif
