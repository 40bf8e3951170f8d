// SPDX-License-Identifier: GPL-2.0
/* A guest's memory for devices: one table per IOMMU from guest-physical to host-physical, under a
 * PASID for each user. */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "host-driver/hypervisor/vm_priv.h"

/* Tables belong to one IOMMU; devices behind it share them. */
static struct vm_domain *domain_find(struct vm *vm, struct device *dev)
{
	struct iommu_domain *own = iommu_get_domain_for_dev(dev);
	struct vm_domain *d;

	list_for_each_entry (d, &vm->domains, node)
		if (d->domain->iommu == own->iommu)
			return d;
	return NULL;
}

static void domain_put(struct vm_domain *d)
{
	if (d->users)
		return;
	list_del(&d->node);
	iommu_domain_free(d->domain);
	kfree(d);
}

/* Pinned from the start: the whole of it, in the largest pages that fit. */
static int domain_make(struct vm *vm, struct device *dev, struct vm_domain **out)
{
	struct vm_domain *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int rc;

	if (!d)
		return -ENOMEM;
	d->domain = iommu_domain_alloc_dev(dev, IOMMU_DOMAIN_UNMANAGED);
	if (!d->domain) {
		kfree(d);
		return -ENOMEM;
	}
	list_add_tail(&d->node, &vm->domains);
	rc = iommu_map(d->domain, vm->ram_base, vm->cfg.ram_hpa, vm->cfg.ram_bytes,
		       IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE);
	if (rc) {
		domain_put(d);
		return rc;
	}
	*out = d;
	return 0;
}

int vm_dma_attach(struct vm *vm, struct device *dev, u32 *pasid)
{
	struct vm_domain *d;
	int rc = 0;

	if (!iommu_get_domain_for_dev(dev))
		return -ENODEV;
	*pasid = iommu_alloc_global_pasid(dev);
	if (*pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;
	d = domain_find(vm, dev);
	if (!d)
		rc = domain_make(vm, dev, &d);
	if (!rc) {
		rc = iommu_attach_device_pasid(d->domain, dev, *pasid);
		d->users += !rc;
		domain_put(d);
	}
	if (rc)
		iommu_free_global_pasid(*pasid);
	return rc;
}

void vm_dma_detach(struct vm *vm, struct device *dev, u32 pasid)
{
	struct vm_domain *d = domain_find(vm, dev);

	if (WARN_ON(!d || !d->users))
		return;
	iommu_detach_device_pasid(d->domain, dev, pasid);
	iommu_free_global_pasid(pasid);
	d->users--;
	domain_put(d);
}
