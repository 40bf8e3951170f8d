// SPDX-License-Identifier: GPL-2.0
/* A guest's memory for devices: one table per IOMMU from guest-physical to host-physical, under a
 * PASID for each user; or the monitor's address space. */
#include <linux/device.h>
#include <linux/err.h>
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

struct iommu_domain *vm_domain_of(struct vm *vm, struct device *dev)
{
	struct vm_domain *d = iommu_get_domain_for_dev(dev) ? domain_find(vm, dev) : NULL;

	return d ? d->domain : NULL;
}

static void domain_put(struct vm_domain *d)
{
	if (d->users)
		return;
	list_del(&d->node);
	iommu_domain_free(d->domain);
	kfree(d);
}

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
	rc = vm_memory_pin(vm, d);
	if (rc) {
		domain_put(d);
		return rc;
	}
	*out = d;
	return 0;
}

int vm_dma_second(struct vm *vm, struct device *dev, u32 pasid)
{
	struct vm_domain *d = domain_find(vm, dev);
	int rc = iommu_attach_device_pasid(d->domain, dev, pasid);

	/* With all of it mapped a request for a page is one outside. */
	if (!rc && vm->cfg.memory_mode != VM_MEMORY_PINNED)
		rc = iommu_set_pasid_handler(dev, pasid, &vm_memory_handler, vm);
	return rc;
}

void vm_dma_block(struct vm *vm, struct device *dev, u32 pasid)
{
	iommu_detach_device_pasid(domain_find(vm, dev)->domain, dev, pasid);
}

/* ---- the monitor's address space ---- */

static int share(struct vm *vm, struct device *dev, u32 *pasid)
{
	struct vm_share *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->dev = dev;
	s->sva = iommu_sva_bind_device(dev, vm->mm, NULL);
	if (IS_ERR(s->sva)) {
		int rc = PTR_ERR(s->sva);

		kfree(s);
		return rc == -EINVAL ? -EOPNOTSUPP : rc;
	}
	*pasid = iommu_sva_get_pasid(s->sva);
	list_add_tail(&s->node, &vm->shares);
	return 0;
}

static void unshare(struct vm *vm, struct device *dev)
{
	struct vm_share *s;

	list_for_each_entry (s, &vm->shares, node)
		if (s->dev == dev) {
			iommu_sva_unbind_device(s->sva);
			list_del(&s->node);
			kfree(s);
			return;
		}
}

/* ---- attaching ---- */

/* With vm->dma_lock held: pinning takes its time, and a second one waits until all is there. */
static int attach(struct vm *vm, struct device *dev, u32 *pasid)
{
	struct vm_domain *d;
	int rc = 0;

	if (vm->mm)
		return share(vm, dev, pasid);
	*pasid = iommu_alloc_global_pasid(dev);
	if (*pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;
	d = domain_find(vm, dev);
	if (!d)
		rc = domain_make(vm, dev, &d);
	if (!rc) {
		rc = vm_dma_second(vm, dev, *pasid);
		d->users += !rc;
		domain_put(d);
	}
	if (rc)
		iommu_free_global_pasid(*pasid);
	return rc;
}

int vm_dma_attach(struct vm *vm, struct device *dev, u32 *pasid)
{
	int rc;

	if (!iommu_get_domain_for_dev(dev))
		return -ENODEV;
	mutex_lock(&vm->dma_lock);
	rc = attach(vm, dev, pasid);
	mutex_unlock(&vm->dma_lock);
	return rc;
}

static void detach(struct vm *vm, struct device *dev, u32 pasid)
{
	struct vm_domain *d;

	if (vm->mm) {
		unshare(vm, dev);
		return;
	}
	d = domain_find(vm, dev);
	if (WARN_ON(!d || !d->users))
		return;
	iommu_detach_device_pasid(d->domain, dev, pasid);
	iommu_free_global_pasid(pasid);
	d->users--;
	domain_put(d);
}

void vm_dma_detach(struct vm *vm, struct device *dev, u32 pasid)
{
	mutex_lock(&vm->dma_lock);
	viommu_abandon(vm, dev, pasid);
	detach(vm, dev, pasid);
	mutex_unlock(&vm->dma_lock);
}
