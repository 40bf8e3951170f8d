// SPDX-License-Identifier: GPL-2.0
/* Real 6.1 kernels: no way to a guest's memory under a PASID (auxiliary domains went in 5.18,
 * iommu_attach_device_pasid() came in 6.2, iommufd used it for devices of guests from 6.15). */
#include <linux/errno.h>
#include "../../vdev/kernel/guest_dma.h"

int guest_dma_attach(struct guest_dma *dma, struct kvm *kvm, struct device *dev)
{
	return -EOPNOTSUPP;
}

void guest_dma_detach(struct guest_dma *dma)
{
}

struct kvm *guest_dma_get_kvm(int fd)
{
	return NULL;
}

void guest_dma_put_kvm(struct kvm *kvm)
{
}

int guest_dma_host_pasid(struct guest_dma *dma, u32 pasid, u32 *host)
{
	return -ENOENT;
}

int guest_dma_guest_pasid(struct guest_dma *dma, u32 host, u32 *pasid)
{
	return -ENOENT;
}

int guest_dma_next_pasid(struct guest_dma *dma, u32 *pasid, u32 *host)
{
	return -ENOENT;
}
