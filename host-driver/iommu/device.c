// SPDX-License-Identifier: GPL-2.0
// Devices behind a unit: context entry, ATS, PASID and page requests, features.
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "iommu.h"

#define CTX_WORDS (VTD_CTX_BYTES / 8)

static u64 *context_of(struct dmar_dev *info, bool make)
{
	u64 *root = info->iommu->root + (info->sid >> 8) * 2 + (info->sid >> 7 & 1);
	void *table;

	if (!(*root & VTD_ROOT_P)) {
		if (!make)
			return NULL;
		table = dmar_alloc_pages(info->iommu->node, 0, GFP_KERNEL);
		if (!table)
			return NULL;
		WRITE_ONCE(*root, virt_to_phys(table) | VTD_ROOT_P);
	}
	return (u64 *)phys_to_virt(*root & VTD_ROOT_CTP) + (info->sid & 0x7f) * CTX_WORDS;
}

/* As iommu_enable_dev_iotlb(): PASID before ATS, for the specification forbids the other order. */
static void caps_enable(struct dmar_dev *info)
{
	struct pci_dev *pdev = to_pci_dev(info->dev);
	int qdep;

	if (info->pasid_supported && !pci_enable_pasid(pdev, pci_pasid_features(pdev) & ~1))
		info->pasid_enabled = true;
	if (info->pri_supported && (!info->pasid_enabled || pci_prg_resp_pasid_required(pdev)) &&
	    !pci_reset_pri(pdev) && !pci_enable_pri(pdev, PRQ_DEPTH))
		info->pri_enabled = true;
	if (info->ats_supported && !pci_enable_ats(pdev, VTD_PAGE_SHIFT)) {
		info->ats_enabled = true;
		qdep = pci_ats_queue_depth(pdev);
		/* The field holds depth modulo 32. */
		info->ats_qdep = qdep > 0 ? qdep & 0x1f : 0;
	}
}

static void caps_disable(struct dmar_dev *info)
{
	struct pci_dev *pdev = to_pci_dev(info->dev);

	if (info->ats_enabled)
		pci_disable_ats(pdev);
	if (info->pri_enabled)
		pci_disable_pri(pdev);
	if (info->pasid_enabled)
		pci_disable_pasid(pdev);
	info->ats_enabled = info->pri_enabled = info->pasid_enabled = false;
}

int dmar_context_set(struct dmar_dev *info)
{
	u64 *c, pdts;

	if (info->context_set)
		return 0;
	c = context_of(info, true);
	if (!c)
		return -ENOMEM;
	/* 2^(PDTS+7) directory entries of 64 PASIDs. */
	pdts = max_t(int, ilog2(roundup_pow_of_two(info->max_pasid)) - 13, 0);
	WRITE_ONCE(c[1], SPEC_PREP(VTD_CTX_Q1_RID_PASID, RID_PASID));
	WRITE_ONCE(c[2], 0);
	WRITE_ONCE(c[3], 0);
	wmb();
	WRITE_ONCE(c[0], VTD_CTX_Q0_P | (info->ats_supported ? VTD_CTX_Q0_DTE : 0) |
				 (info->pasid_supported ? VTD_CTX_Q0_PASIDE : 0) |
				 (info->pri_supported ? VTD_CTX_Q0_PRE : 0) |
				 SPEC_PREP(VTD_CTX_Q0_PDTS, pdts) | virt_to_phys(info->pasid_dir));
	if (info->iommu->cap & VTD_CAP_CM)
		qi_flush_context(info->iommu, info->sid, VTD_QI_CTX_DEVICE);
	info->context_set = true;
	caps_enable(info);
	return 0;
}

static void context_clear(struct dmar_dev *info)
{
	u64 *c = context_of(info, false);

	if (!info->context_set || !c)
		return;
	WRITE_ONCE(c[0], 0);
	wmb();
	qi_flush_context(info->iommu, info->sid, VTD_QI_CTX_DEVICE);
	qi_flush_pasid_cache(info->iommu, 0, 0, VTD_QI_PASID_GLOBAL);
	qi_flush_iotlb(info->iommu, 0, 0, 0, VTD_QI_IOTLB_GLOBAL);
	info->context_set = false;
}

static void find_caps(struct dmar_dev *info, struct pci_dev *pdev)
{
	u64 ecap = info->iommu->ecap;
	int n;

	info->ats_supported = (ecap & VTD_ECAP_DT) && pci_ats_supported(pdev);
	info->max_pasid = 1;
	if (!dmar_options()->no_sva && (ecap & VTD_ECAP_PASID) && pci_pasid_features(pdev) >= 0) {
		n = pci_max_pasids(pdev);
		info->pasid_supported = n > 0;
		info->max_pasid = clamp_t(int, n, 1, 2 << SPEC_GET(VTD_ECAP_PSS, ecap));
	}
	info->pri_supported = info->ats_supported && (ecap & VTD_ECAP_PRS) && info->iommu->prq &&
			      pci_pri_supported(pdev);
}

struct iommu_device *dmar_probe_device(struct device *dev)
{
	struct pci_dev *pdev;
	struct dmar_iommu *iommu;
	struct dmar_dev *info;
	int err;

	if (!dev_is_pci(dev))
		return ERR_PTR(-ENODEV);
	pdev = to_pci_dev(dev);
	iommu = dmar_find(pci_domain_nr(pdev->bus), pdev->bus->number, pdev->devfn);
	/* A unit that is not registered yet asks again when it is. */
	if (!iommu || !iommu->iommu.ops)
		return ERR_PTR(-ENODEV);
	info = kzalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return ERR_PTR(-ENOMEM);
	info->iommu = iommu;
	info->dev = dev;
	info->sid = pci_dev_id(pdev);
	INIT_LIST_HEAD(&info->attaches);
	INIT_LIST_HEAD(&info->partial);
	find_caps(info, pdev);
	err = pasid_table_alloc(info);
	if (!err)
		err = xa_err(xa_store(&iommu->devices, info->sid, info, GFP_KERNEL));
	if (err) {
		if (info->pasid_dir)
			pasid_table_free(info);
		kfree(info);
		return ERR_PTR(err);
	}
	dev_iommu_priv_set(dev, info);
	return &iommu->iommu;
}

void dmar_release_device(struct device *dev)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);

	if (!info)
		return;
	dmar_detach_all(info);
	caps_disable(info);
	context_clear(info);
	xa_erase(&info->iommu->devices, info->sid);
	flush_workqueue(info->iommu->iopf_wq);
	prq_discard(info);
	pasid_table_free(info);
	dev_iommu_priv_set(dev, NULL);
	kfree(info);
}

int dmar_enable_feature(struct device *dev, enum iommu_dev_features f)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);

	switch (f) {
	case IOMMU_DEV_FEAT_IOPF:
		return info->pri_supported ? 0 : -ENODEV;
	case IOMMU_DEV_FEAT_SVA:
		if (!(info->iommu->ecap & VTD_ECAP_FSTS))
			return -ENODEV;
		if (!info->pasid_enabled || !info->ats_enabled || !info->pri_enabled)
			return -EINVAL;
		info->sva_enabled = true;
		return 0;
	}
	return -ENODEV;
}

int dmar_disable_feature(struct device *dev, enum iommu_dev_features f)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);

	if (f == IOMMU_DEV_FEAT_SVA)
		info->sva_enabled = false;
	return 0;
}
