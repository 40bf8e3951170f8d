/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts: hard handler, then its thread on a borrowed fiber (kernel/irq/manage.c). */
#ifndef _LINUX_INTERRUPT_H
#define _LINUX_INTERRUPT_H

#include <linux/hardirq.h>
#include <linux/irqreturn.h>
#include <linux/preempt.h>
#include <linux/types.h>

struct cpumask;
struct device;

#define IRQF_TRIGGER_NONE 0x00000000
#define IRQF_SHARED	  0x00000080
#define IRQF_ONESHOT	  0x00002000
#define IRQF_NO_THREAD	  0x00010000
#define IRQF_NO_AUTOEN	  0x00080000

typedef irqreturn_t (*irq_handler_t)(int irq, void *dev_id);

/*
 * 0; -EINVAL: no such interrupt, no handler at all, or no hard handler without anything else;
 * -EBUSY: taken and not shared; -ENOMEM.
 */
int __must_check request_threaded_irq(unsigned int irq, irq_handler_t handler,
				      irq_handler_t thread_fn, unsigned long flags,
				      const char *name, void *dev);
/* Waits for handlers and threads that run. Returns the name given, NULL when nothing was there. */
const void *free_irq(unsigned int irq, void *dev_id);

static inline int __must_check request_irq(unsigned int irq, irq_handler_t handler,
					   unsigned long flags, const char *name, void *dev)
{
	return request_threaded_irq(irq, handler, NULL, flags, name, dev);
}

void disable_irq_nosync(unsigned int irq);
void disable_irq(unsigned int irq);
void enable_irq(unsigned int irq);
bool synchronize_hardirq(unsigned int irq);
void irq_wake_thread(unsigned int irq, void *dev_id);
int irq_set_affinity_hint(unsigned int irq, const struct cpumask *m);

struct tasklet_struct {
	struct tasklet_struct *next;
	unsigned long state;
	int count; /* times disabled */
	bool use_callback;
	union {
		void (*func)(unsigned long data);
		void (*callback)(struct tasklet_struct *t);
	};
	unsigned long data;
};

void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long), unsigned long data);
void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *));
void tasklet_schedule(struct tasklet_struct *t);
void tasklet_kill(struct tasklet_struct *t);
void tasklet_disable(struct tasklet_struct *t);
void tasklet_enable(struct tasklet_struct *t);
#define tasklet_hi_schedule tasklet_schedule
#define from_tasklet(var, callback_tasklet, field)                                                 \
	container_of(callback_tasklet, typeof(*var), field)

#endif
