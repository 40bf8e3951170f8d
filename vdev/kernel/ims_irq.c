// SPDX-License-Identifier: GPL-2.0
/* IMS interrupts where the kernel hands out messages for any table: the simulated kernel's. A real
 * 6.1 has no such thing; host-driver/kbuild/ims_irq.c stands for this file there. */
#include <linux/errno.h>
#include <linux/msi.h>
#include "ims_irq.h"

int ims_irq_request(struct device *dev, struct ims_irq *irq, irq_handler_t fn, const char *name,
		    void *arg)
{
	struct msi_msg msg;
	int rc = msi_alloc_irq(dev, &msg, &irq->cookie);

	if (rc < 0)
		return rc;
	irq->irq = rc;
	irq->addr = (u64)msg.address_hi << 32 | msg.address_lo;
	irq->data = msg.data;
	rc = request_irq(irq->irq, fn, 0, name, arg);
	if (rc)
		msi_free_irq(dev, irq->irq, irq->cookie);
	return rc;
}

int ims_irq_post(struct device *dev, struct ims_irq *irq, u64 desc, u8 vector)
{
	return msi_post_message(dev, irq->cookie, desc, vector);
}

void ims_irq_free(struct device *dev, struct ims_irq *irq, void *arg)
{
	free_irq(irq->irq, arg);
	msi_free_irq(dev, irq->irq, irq->cookie);
}
