// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux 6.1 lacks for the virtual devices: interrupts whose messages a driver puts into a
 * table of its own. The interface for that (pci_ims_alloc_irq()) came with 6.2. The module compiles
 * and loads, queues can be bound to it, and making a device of them says that it cannot be done.
 */
#include <linux/errno.h>
#include "../../vdev/kernel/ims_irq.h"

int ims_irq_request(struct device *dev, struct ims_irq *irq, irq_handler_t fn, const char *name,
		    void *arg)
{
	dev_err(dev, "this kernel has no messages for an interrupt message store\n");
	return -EOPNOTSUPP;
}

void ims_irq_free(struct device *dev, struct ims_irq *irq, void *arg)
{
}

int ims_irq_post(struct device *dev, struct ims_irq *irq, u64 desc, u8 vector)
{
	return -EOPNOTSUPP;
}
