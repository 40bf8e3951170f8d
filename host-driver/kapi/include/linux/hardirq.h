/* SPDX-License-Identifier: GPL-2.0 */
/* Which context the code runs in (linux/preempt.h). */
#ifndef _LINUX_HARDIRQ_H
#define _LINUX_HARDIRQ_H

#include <linux/preempt.h>

void synchronize_irq(unsigned int irq);

#endif
