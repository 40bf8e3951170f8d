// SPDX-License-Identifier: GPL-2.0
// Shared virtual addressing: address spaces bound to devices. Linux 6.1 drivers/iommu/intel/svm.c.
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/mm_types.h>
#include <linux/mmu_notifier.h>
#include <linux/slab.h>

#include "iommu.h"

/* Power-of-two blocks over [start, end): one invalidation each. */
static void flush_dev(struct dmar_svm *svm, struct dmar_dev *info, u64 start, u64 end)
{
	u64 pages = (end - start) >> VTD_PAGE_SHIFT, size;
	u32 mask = 0;

	while (1ull << mask < pages)
		mask++;
	size = 1ull << (VTD_PAGE_SHIFT + mask);
	for (start &= ~(size - 1); start < end; start += size) {
		qi_flush_piotlb(info->iommu, FIRST_DEFAULT_DID, svm->pasid, start,
				size >> VTD_PAGE_SHIFT);
		qi_flush_dev_tlb(info, svm->pasid, start, mask);
	}
}

static void svm_invalidate_range(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start,
				 unsigned long end)
{
	struct dmar_svm *svm = container_of(mn, struct dmar_svm, notifier);
	struct dmar_svm_dev *sd;

	mutex_lock(&svm->lock);
	list_for_each_entry (sd, &svm->devs, link)
		flush_dev(svm, sd->info, start, end);
	mutex_unlock(&svm->lock);
}

/* The process ends before it closed the device: later uses of the PASID are no news. */
static void svm_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct dmar_svm *svm = container_of(mn, struct dmar_svm, notifier);
	struct dmar_svm_dev *sd;

	mutex_lock(&svm->lock);
	list_for_each_entry (sd, &svm->devs, link)
		pasid_tear_down(sd->info, svm->pasid, true);
	mutex_unlock(&svm->lock);
}

static const struct mmu_notifier_ops svm_mmu_ops = {
	.release = svm_release,
	.invalidate_range = svm_invalidate_range,
};

static struct dmar_svm *svm_get(struct dmar_driver *drv, struct mm_struct *mm, u32 pasid)
{
	struct dmar_svm *svm = xa_load(&drv->svm, pasid);
	int err;

	if (svm)
		return svm;
	svm = kzalloc(sizeof(*svm), GFP_KERNEL);
	if (!svm)
		return ERR_PTR(-ENOMEM);
	svm->drv = drv;
	svm->mm = mm;
	svm->pasid = pasid;
	mutex_init(&svm->lock);
	INIT_LIST_HEAD(&svm->devs);
	svm->notifier.ops = &svm_mmu_ops;
	err = mmu_notifier_register(&svm->notifier, mm);
	if (!err) {
		err = xa_err(xa_store(&drv->svm, pasid, svm, GFP_KERNEL));
		if (err)
			mmu_notifier_unregister(&svm->notifier, mm);
	}
	if (err) {
		kfree(svm);
		return ERR_PTR(err);
	}
	return svm;
}

static void svm_put(struct dmar_svm *svm)
{
	if (!list_empty(&svm->devs))
		return;
	xa_erase(&svm->drv->svm, svm->pasid);
	mmu_notifier_unregister(&svm->notifier, svm->mm);
	kfree(svm);
}

static void dev_remove(struct dmar_svm *svm, struct dmar_svm_dev *sd)
{
	mutex_lock(&svm->lock);
	list_del(&sd->link);
	mutex_unlock(&svm->lock);
	kfree(sd);
	svm_put(svm);
}

int dmar_sva_bind(struct device *dev, struct mm_struct *mm, ioasid_t pasid)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);
	struct dmar_svm_dev *sd;
	struct dmar_svm *svm;
	int err;

	if (!info->sva_enabled)
		return -EINVAL;
	sd = kzalloc(sizeof(*sd), GFP_KERNEL);
	if (!sd)
		return -ENOMEM;
	svm = svm_get(info->iommu->drv, mm, pasid);
	if (IS_ERR(svm)) {
		kfree(sd);
		return PTR_ERR(svm);
	}
	sd->info = info;
	mutex_lock(&svm->lock);
	list_add_tail(&sd->link, &svm->devs);
	mutex_unlock(&svm->lock);
	err = pasid_set_first(info, pasid, mm->pgd, FIRST_DEFAULT_DID, mm->levels, true);
	if (err)
		dev_remove(svm, sd);
	return err;
}

void dmar_sva_unbind(struct device *dev, struct mm_struct *mm, ioasid_t pasid)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);
	struct dmar_svm *svm = xa_load(&info->iommu->drv->svm, pasid);
	struct dmar_svm_dev *sd;

	list_for_each_entry (sd, &svm->devs, link) {
		if (sd->info != info)
			continue;
		/* The entry goes before the drain: no new requests after that. */
		pasid_tear_down(info, pasid, false);
		prq_drain(info, pasid);
		dev_remove(svm, sd);
		return;
	}
}
