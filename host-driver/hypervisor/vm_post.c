// SPDX-License-Identifier: GPL-2.0
/* Posted interrupts: the IOMMU writes into the guest's descriptor, no host code runs. */
#include <linux/errno.h>

#include "host-driver/hypervisor/vm_priv.h"

int vm_post(struct vm *vm, u32 irq, u64 addr, u32 data)
{
	return -EOPNOTSUPP;
}

void vm_unpost(struct vm *vm, u32 irq)
{
}

void vm_set_running(struct vm *vm, enum vm_running state)
{
}

bool vm_posted(struct kernel *host, u64 descriptor, bool notify)
{
	return false;
}
