/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt masking: one fiber with interrupts off holds back its whole kernel's interrupts. */
#ifndef _LINUX_IRQFLAGS_H
#define _LINUX_IRQFLAGS_H

#include <linux/types.h>

void kapi_irq_disable(void);
void kapi_irq_enable(void);
unsigned long kapi_irq_save(void);
void kapi_irq_restore(unsigned long flags);
bool irqs_disabled(void);

#define local_irq_disable()    kapi_irq_disable()
#define local_irq_enable()     kapi_irq_enable()
#define local_irq_save(f)      ((f) = kapi_irq_save())
#define local_irq_restore(f)   kapi_irq_restore(f)
#define local_save_flags(f)    ((f) = irqs_disabled())
#define irqs_disabled_flags(f) ((f) != 0)

#endif
