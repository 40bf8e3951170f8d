/* SPDX-License-Identifier: GPL-2.0 */
/* Processors: their number is configuration; fibers run on whichever is free. */
#ifndef _LINUX_SMP_H
#define _LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/preempt.h>

#define smp_processor_id()     0
#define raw_smp_processor_id() 0
#define get_cpu()                                                                                  \
	({                                                                                         \
		preempt_disable();                                                                 \
		0;                                                                                 \
	})
#define put_cpu() preempt_enable()

#endif
