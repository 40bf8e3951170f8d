/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts whose message goes into a slot of the interrupt message store. */
#ifndef VDEV_IMS_IRQ_H
#define VDEV_IMS_IRQ_H

#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/types.h>

struct ims_irq {
	unsigned int irq;
	u32 cookie;
	u64 addr; /* the message */
	u32 data;
};

/*
 * An interrupt number of its own for @dev, which @fn(irq, @arg) handles, and the message that
 * raises it (remapped where the host remaps). -ENOSPC no vector, -EOPNOTSUPP this kernel cannot.
 */
int ims_irq_request(struct device *dev, struct ims_irq *irq, irq_handler_t fn, const char *name,
		    void *arg);
/*
 * The message goes to the posted-interrupt descriptor at @desc as @vector, and @fn is not called;
 * @desc 0: as at first. -EOPNOTSUPP.
 */
int ims_irq_post(struct device *dev, struct ims_irq *irq, u64 desc, u8 vector);
/* The slot is masked or empty; waits for the handler. */
void ims_irq_free(struct device *dev, struct ims_irq *irq, void *arg);

#endif
