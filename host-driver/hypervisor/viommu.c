// SPDX-License-Identifier: GPL-2.0
/* The guest's VT-d unit: a trapped page of registers. */
#include <linux/errno.h>

#include "host-driver/hypervisor/vm_priv.h"

int vm_viommu_add(struct vm_device *in_vm, struct device *dev, u32 pasid)
{
	return 0;
}

void vm_viommu_remove(struct vm_device *in_vm)
{
}

int vm_pasid_lookup(struct vm *vm, u32 guest, u32 *host)
{
	return vm_pasid_translate(vm, guest, host);
}
