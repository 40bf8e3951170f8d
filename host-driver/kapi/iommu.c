// SPDX-License-Identifier: GPL-2.0
// The IOMMU core: devices and their domains, PASIDs, SVA handles. Semantics: drivers/iommu/iommu.c
// of 6.1.
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/kapi/iommu_priv.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/mm_priv.h"

#define PASID_LAST 0xfffffu

static void core_free(struct kernel *k, void *p)
{
	struct iommu_core *core = p;
	struct kernel_frame save;
	u32 i;

	kernel_enter(k, &save);
	ida_destroy(&core->pasids);
	for (i = 0; i < core->nr_units; i++)
		kfree(core->unit[i]);
	kfree(core);
	kernel_leave(&save);
}

struct iommu_core *iommu_core(struct kernel *k)
{
	struct iommu_core *core = kernel_slot(k, KERNEL_SLOT_IOMMU);
	struct kernel_frame save;

	if (core)
		return core;
	kernel_enter(k, &save);
	core = kzalloc(sizeof(*core), mm_gfp());
	if (core) {
		core->kernel = k;
		INIT_LIST_HEAD(&core->iommus);
		INIT_LIST_HEAD(&core->sva);
		mutex_init(&core->sva_lock);
		ida_init(&core->pasids);
		kernel_set_slot(k, KERNEL_SLOT_IOMMU, core);
		kernel_slot_free_hook(k, KERNEL_SLOT_IOMMU, core_free);
	}
	kernel_leave(&save);
	return core;
}

struct iommu_core *iommu_core_current(void)
{
	return iommu_core(kernel_current());
}

enum iommu_default iommu_default_domain_type(void)
{
	switch (iommu_core_current()->cfg.domain) {
	case KERNEL_DMAR_STRICT:
		return IOMMU_DEFAULT_STRICT;
	case KERNEL_DMAR_LAZY:
		return IOMMU_DEFAULT_LAZY;
	default:
		return IOMMU_DEFAULT_IDENTITY;
	}
}

/* ---- devices ---- */

static int default_domain_make(struct dev_iommu *di, struct device *dev)
{
	enum iommu_default want = iommu_default_domain_type();
	unsigned int type = want == IOMMU_DEFAULT_IDENTITY ? IOMMU_DOMAIN_IDENTITY
			    : want == IOMMU_DEFAULT_STRICT ? IOMMU_DOMAIN_DMA
							   : IOMMU_DOMAIN_DMA_FQ;
	struct iommu_domain *domain = iommu_domain_alloc_dev(dev, type);
	int err;

	if (!domain)
		return -ENOMEM;
	err = type == IOMMU_DOMAIN_IDENTITY ? 0
					    : iommu_dma_init(domain, want == IOMMU_DEFAULT_LAZY);
	if (!err)
		err = domain->ops->attach_dev(domain, dev);
	if (err) {
		iommu_domain_free(domain);
		return err;
	}
	di->default_domain = di->domain = domain;
	return 0;
}

int iommu_probe_device(struct device *dev)
{
	struct iommu_core *core = iommu_core_current();
	struct iommu_device *iommu, *found;
	struct dev_iommu *di;
	int err;

	if (!core || dev->iommu)
		return 0;
	di = kzalloc(sizeof(*di), GFP_KERNEL);
	if (!di)
		return -ENOMEM;
	dev->iommu = di;
	list_for_each_entry (iommu, &core->iommus, list) {
		found = iommu->ops->probe_device(dev);
		if (IS_ERR_OR_NULL(found))
			continue;
		di->iommu_dev = found;
		err = default_domain_make(di, dev);
		if (!err)
			return 0;
		dev_err(dev, "no default domain: %d\n", err);
		found->ops->release_device(dev);
		break;
	}
	dev->iommu = NULL;
	kfree(di);
	return 0;
}

void iommu_release_device(struct device *dev)
{
	struct dev_iommu *di = dev->iommu;

	if (!di)
		return;
	di->iommu_dev->ops->release_device(dev);
	if (di->default_domain)
		iommu_domain_free(di->default_domain);
	dev->iommu = NULL;
	kfree(di);
}

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		return iommu_probe_device(data);
	if (action == BUS_NOTIFY_REMOVED_DEVICE)
		iommu_release_device(data);
	return 0;
}

static int probe_one(struct device *dev, void *data)
{
	return iommu_probe_device(dev);
}

int iommu_device_register(struct iommu_device *iommu, const struct iommu_ops *ops,
			  struct device *hwdev)
{
	struct iommu_core *core = iommu_core_current();
	int err;

	if (!core)
		return -ENOMEM;
	iommu->ops = ops;
	iommu->dev = hwdev;
	list_add_tail(&iommu->list, &core->iommus);
	if (!core->bus_watched) {
		core->bus_nb.notifier_call = bus_event;
		err = bus_register_notifier(&pci_bus_type, &core->bus_nb);
		if (err) {
			list_del(&iommu->list);
			return err;
		}
		core->bus_watched = true;
	}
	return bus_for_each_dev(&pci_bus_type, NULL, NULL, probe_one);
}

void iommu_device_unregister(struct iommu_device *iommu)
{
	list_del(&iommu->list);
}

void *dev_iommu_priv_get(struct device *dev)
{
	return dev->iommu ? dev->iommu->priv : NULL;
}

void dev_iommu_priv_set(struct device *dev, void *priv)
{
	dev->iommu->priv = priv;
}

/* ---- domains ---- */

bool iommu_present(const struct bus_type *bus)
{
	struct iommu_core *core = iommu_core_current();

	return core && bus == &pci_bus_type && !list_empty(&core->iommus);
}

static struct iommu_domain *domain_alloc(struct iommu_device *iommu, unsigned int type)
{
	struct iommu_domain *domain = iommu->ops->domain_alloc(iommu, type);

	if (!domain)
		return NULL;
	domain->type = type;
	domain->ops = iommu->ops;
	domain->iommu = iommu;
	return domain;
}

struct iommu_domain *iommu_domain_alloc(const struct bus_type *bus, unsigned int type)
{
	if (!iommu_present(bus))
		return NULL;
	return domain_alloc(
		list_first_entry(&iommu_core_current()->iommus, struct iommu_device, list), type);
}

struct iommu_domain *iommu_domain_alloc_dev(struct device *dev, unsigned int type)
{
	return dev->iommu ? domain_alloc(dev->iommu->iommu_dev, type) : NULL;
}

void iommu_domain_free(struct iommu_domain *domain)
{
	iommu_dma_exit(domain);
	domain->ops->domain_free(domain);
}

int iommu_attach_device(struct iommu_domain *domain, struct device *dev)
{
	int err;

	if (!dev->iommu)
		return -ENODEV;
	if (dev->iommu->domain != dev->iommu->default_domain)
		return -EBUSY;
	err = domain->ops->attach_dev(domain, dev);
	if (!err)
		dev->iommu->domain = domain;
	return err;
}

void iommu_detach_device(struct iommu_domain *domain, struct device *dev)
{
	struct dev_iommu *di = dev->iommu;

	if (!di || di->domain != domain || domain == di->default_domain)
		return;
	if (di->default_domain->ops->attach_dev(di->default_domain, dev))
		dev_err(dev, "cannot go back to the default domain\n");
	di->domain = di->default_domain;
}

int iommu_attach_device_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	if (!dev->iommu || !domain->ops->set_dev_pasid)
		return -ENODEV;
	if (!pasid || pasid > PASID_LAST)
		return -EINVAL;
	return domain->ops->set_dev_pasid(domain, dev, pasid);
}

void iommu_detach_device_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	if (dev->iommu)
		domain->ops->remove_dev_pasid(dev, pasid);
}

int iommu_bind_guest_pgd(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, u64 gpgd,
			 unsigned int levels, unsigned int flags)
{
	if (!dev->iommu || !domain->ops->set_nested_pasid)
		return -ENODEV;
	if (!pasid || pasid > PASID_LAST || (gpgd & 0xfff) || (levels != 4 && levels != 5))
		return -EINVAL;
	return domain->ops->set_nested_pasid(domain, dev, pasid, gpgd, levels, flags);
}

int iommu_invalidate_guest(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			   unsigned int what, u64 addr, u64 size)
{
	if (!dev->iommu || !domain->ops->flush_nested)
		return -ENODEV;
	return domain->ops->flush_nested(domain, dev, pasid, what, addr, size);
}

void iommu_flush_iotlb_all(struct iommu_domain *domain)
{
	if (domain->ops->flush_iotlb_all)
		domain->ops->flush_iotlb_all(domain);
}

struct iommu_domain *iommu_get_domain_for_dev(struct device *dev)
{
	return dev->iommu ? dev->iommu->domain : NULL;
}

static bool map_args_good(const struct iommu_domain *domain, u64 iova, u64 paddr, size_t size)
{
	return (domain->type & __IOMMU_DOMAIN_PAGING) && size && !((iova | paddr | size) & 0xfff) &&
	       iova <= domain->geometry.aperture_end &&
	       size - 1 <= domain->geometry.aperture_end - iova;
}

int iommu_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size,
	      int prot)
{
	if (!map_args_good(domain, iova, paddr, size))
		return -EINVAL;
	iommu_core_current()->stats.maps++;
	return domain->ops->map(domain, iova, paddr, size, prot);
}

size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	size_t done;

	if (!map_args_good(domain, iova, 0, size))
		return 0;
	iommu_core_current()->stats.unmaps++;
	done = domain->ops->unmap(domain, iova, size);
	if (done)
		domain->ops->flush_iotlb(domain, iova, done);
	return done;
}

phys_addr_t iommu_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	if (domain->type == IOMMU_DOMAIN_IDENTITY)
		return iova;
	return domain->ops->iova_to_phys(domain, iova);
}

/* ---- faults ---- */

int iommu_register_device_fault_handler(struct device *dev, iommu_dev_fault_handler_t handler,
					void *data)
{
	if (!dev->iommu)
		return -EINVAL;
	if (dev->iommu->fault_handler)
		return -EBUSY;
	dev->iommu->fault_handler = handler;
	dev->iommu->fault_data = data;
	return 0;
}

int iommu_unregister_device_fault_handler(struct device *dev)
{
	if (!dev->iommu)
		return -EINVAL;
	dev->iommu->fault_handler = NULL;
	return 0;
}

int iommu_report_device_fault(struct device *dev, struct iommu_fault *fault)
{
	if (!dev->iommu || !dev->iommu->fault_handler)
		return -EINVAL;
	return dev->iommu->fault_handler(fault, dev->iommu->fault_data);
}

int iommu_set_pasid_handler(struct device *dev, ioasid_t pasid,
			    const struct iommu_pasid_handler *handler, void *data)
{
	if (!dev->iommu || !dev->iommu->iommu_dev->ops->set_pasid_handler)
		return -EINVAL;
	return dev->iommu->iommu_dev->ops->set_pasid_handler(dev, pasid, handler, data);
}

int iommu_page_response(struct device *dev, ioasid_t pasid, u32 grpid, int code)
{
	if (!dev->iommu || !dev->iommu->iommu_dev->ops->page_response)
		return -EINVAL;
	return dev->iommu->iommu_dev->ops->page_response(dev, pasid, grpid, code);
}

void iommu_drain_page_requests(struct device *dev, ioasid_t pasid)
{
	if (dev->iommu && dev->iommu->iommu_dev->ops->drain_page_requests)
		dev->iommu->iommu_dev->ops->drain_page_requests(dev, pasid);
}

/* ---- PASIDs and SVA ---- */

ioasid_t iommu_alloc_global_pasid(struct device *dev)
{
	struct iommu_core *core = iommu_core_current();
	u32 last = PASID_LAST;
	int id;

	if (dev && dev->iommu && dev->iommu->iommu_dev->max_pasids)
		last = dev->iommu->iommu_dev->max_pasids - 1;
	id = ida_alloc_range(&core->pasids, IOMMU_FIRST_GLOBAL_PASID, last, GFP_KERNEL);
	if (id < 0)
		return IOMMU_PASID_INVALID;
	if (++core->stats.pasids > core->stats.pasids_peak)
		core->stats.pasids_peak = core->stats.pasids;
	return id;
}

void iommu_free_global_pasid(ioasid_t pasid)
{
	struct iommu_core *core = iommu_core_current();

	ida_free(&core->pasids, pasid);
	core->stats.pasids--;
}

void iommu_mm_drop(struct mm_struct *mm)
{
	if (mm->pasid)
		iommu_free_global_pasid(mm->pasid);
	mm->pasid = 0;
}

int iommu_dev_enable_feature(struct device *dev, enum iommu_dev_features feat)
{
	int err;

	if (!dev->iommu || !dev->iommu->iommu_dev->ops->dev_enable_feat)
		return -ENODEV;
	if (dev->iommu->features & (1u << feat))
		return 0;
	err = dev->iommu->iommu_dev->ops->dev_enable_feat(dev, feat);
	if (!err)
		dev->iommu->features |= 1u << feat;
	return err;
}

int iommu_dev_disable_feature(struct device *dev, enum iommu_dev_features feat)
{
	int err;

	if (!dev->iommu || !dev->iommu->iommu_dev->ops->dev_disable_feat)
		return -EBUSY;
	if (!(dev->iommu->features & (1u << feat)))
		return -EINVAL;
	if (dev->iommu->sva_users)
		return -EBUSY;
	err = dev->iommu->iommu_dev->ops->dev_disable_feat(dev, feat);
	if (!err)
		dev->iommu->features &= ~(1u << feat);
	return err;
}

bool iommu_dev_feature_enabled(struct device *dev, enum iommu_dev_features feat)
{
	return dev->iommu && (dev->iommu->features & (1u << feat));
}

static struct iommu_sva *sva_new(struct iommu_core *core, struct device *dev, struct mm_struct *mm)
{
	struct iommu_sva *sva;
	int err;

	if (!mm->pasid) {
		u32 pasid = iommu_alloc_global_pasid(dev);

		if (pasid == IOMMU_PASID_INVALID)
			return ERR_PTR(-ENOSPC);
		mm->pasid = pasid;
	}
	sva = kzalloc(sizeof(*sva), GFP_KERNEL);
	if (!sva)
		return ERR_PTR(-ENOMEM);
	err = dev->iommu->iommu_dev->ops->sva_bind(dev, mm, mm->pasid);
	if (err) {
		kfree(sva);
		return ERR_PTR(err);
	}
	sva->dev = dev;
	sva->mm = mm;
	sva->pasid = mm->pasid;
	mmgrab(mm);
	list_add_tail(&sva->link, &core->sva);
	dev->iommu->sva_users++;
	core->stats.sva_binds++;
	return sva;
}

struct iommu_sva *iommu_sva_bind_device(struct device *dev, struct mm_struct *mm, void *drvdata)
{
	struct iommu_core *core = iommu_core_current();
	struct iommu_sva *sva, *found = NULL;

	if (!dev->iommu || !dev->iommu->iommu_dev->ops->sva_bind)
		return ERR_PTR(-ENODEV);
	if (!mm || !iommu_dev_feature_enabled(dev, IOMMU_DEV_FEAT_SVA))
		return ERR_PTR(-EINVAL);
	mutex_lock(&core->sva_lock);
	list_for_each_entry (sva, &core->sva, link)
		if (sva->dev == dev && sva->mm == mm) {
			found = sva;
			break;
		}
	if (!found)
		found = sva_new(core, dev, mm);
	if (!IS_ERR(found))
		found->users++;
	mutex_unlock(&core->sva_lock);
	return found;
}

void iommu_sva_unbind_device(struct iommu_sva *sva)
{
	struct iommu_core *core = iommu_core_current();
	struct device *dev = sva->dev;

	mutex_lock(&core->sva_lock);
	if (!--sva->users) {
		list_del(&sva->link);
		dev->iommu->iommu_dev->ops->sva_unbind(dev, sva->mm, sva->pasid);
		dev->iommu->sva_users--;
		core->stats.sva_unbinds++;
		mmdrop(sva->mm);
		kfree(sva);
	}
	mutex_unlock(&core->sva_lock);
}

u32 iommu_sva_get_pasid(struct iommu_sva *sva)
{
	return sva->pasid;
}
