// SPDX-License-Identifier: GPL-2.0
// Domains and their use by devices and PASIDs. Linux 6.1 drivers/iommu/intel/iommu.c.
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>

#include "iommu.h"

static struct dmar_domain *to_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct dmar_domain, domain);
}

/* First stage for the kernel's own DMA, second stage for whoever brings addresses (guests). */
static bool wants_first_stage(const struct dmar_iommu *iommu, unsigned int type)
{
	if (!(iommu->ecap & VTD_ECAP_FSTS))
		return false;
	if (!(iommu->ecap & VTD_ECAP_SSTS))
		return true;
	return type != IOMMU_DOMAIN_UNMANAGED;
}

static void domain_shape(struct dmar_domain *d, const struct dmar_iommu *iommu)
{
	bool giga;

	d->levels = 4;
	if (d->first_stage) {
		giga = iommu->cap & VTD_CAP_FS1GP;
		d->max_leaf = giga ? 3 : 2;
		d->domain.geometry.aperture_end = (1ull << 47) - 1;
	} else {
		giga = iommu->cap & VTD_CAP_SSLPS_1G;
		d->max_leaf = giga ? 3 : iommu->cap & VTD_CAP_SSLPS_2M ? 2 : 1;
		if (!(iommu->cap & VTD_CAP_SAGAW_48) && (iommu->cap & VTD_CAP_SAGAW_39))
			d->levels = 3;
		d->domain.geometry.aperture_end = (1ull << (12 + 9 * d->levels)) - 1;
	}
	d->domain.geometry.force_aperture = true;
	d->domain.pgsize_bitmap =
		1ul << 12 | (d->max_leaf > 1 ? 1ul << 21 : 0) | (d->max_leaf > 2 ? 1ul << 30 : 0);
}

struct iommu_domain *dmar_domain_alloc(struct iommu_device *dev, unsigned int type)
{
	struct dmar_iommu *iommu = container_of(dev, struct dmar_iommu, iommu);
	struct dmar_domain *d;

	if (type != IOMMU_DOMAIN_IDENTITY && !(type & __IOMMU_DOMAIN_PAGING))
		return NULL;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return NULL;
	INIT_LIST_HEAD(&d->dids);
	INIT_LIST_HEAD(&d->attaches);
	d->node = iommu->node;
	if (type == IOMMU_DOMAIN_IDENTITY)
		return &d->domain;
	d->first_stage = wants_first_stage(iommu, type);
	domain_shape(d, iommu);
	d->root = dmar_alloc_pages(d->node, 0, GFP_KERNEL);
	if (!d->root) {
		kfree(d);
		return NULL;
	}
	return &d->domain;
}

void dmar_domain_free(struct iommu_domain *domain)
{
	struct dmar_domain *d = to_domain(domain);

	WARN_ON(!list_empty(&d->attaches));
	dmar_table_free(d);
	kfree(d);
}

/* ---- domain numbers ---- */

static int did_get(struct dmar_domain *d, struct dmar_iommu *iommu, u16 *did)
{
	u32 last = (1u << (4 + 2 * SPEC_GET(VTD_CAP_ND, iommu->cap))) - 1;
	struct dmar_did *n;
	int id;

	if (d->domain.type == IOMMU_DOMAIN_IDENTITY) {
		*did = FIRST_DEFAULT_DID;
		return 0;
	}
	list_for_each_entry (n, &d->dids, link)
		if (n->iommu == iommu) {
			n->users++;
			*did = n->did;
			return 0;
		}
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return -ENOMEM;
	id = ida_alloc_range(&iommu->dids, DID_FIRST, min_t(u32, last, 0xffff), GFP_KERNEL);
	if (id < 0) {
		kfree(n);
		return id;
	}
	n->iommu = iommu;
	n->users = 1;
	*did = n->did = id;
	list_add_tail(&n->link, &d->dids);
	return 0;
}

static void did_put(struct dmar_domain *d, struct dmar_iommu *iommu)
{
	struct dmar_did *n;

	list_for_each_entry (n, &d->dids, link)
		if (n->iommu == iommu) {
			if (--n->users)
				return;
			list_del(&n->link);
			ida_free(&iommu->dids, n->did);
			kfree(n);
			return;
		}
}

/* ---- attaching ---- */

struct dmar_attach *dmar_attach_find(struct dmar_dev *info, u32 pasid)
{
	struct dmar_attach *a;

	list_for_each_entry (a, &info->attaches, of_dev)
		if (a->pasid == pasid)
			return a;
	return NULL;
}

/* @gpgd ~0ull: no nesting. */
static int attach(struct dmar_domain *d, struct dmar_dev *info, u32 pasid, u64 gpgd, u32 levels,
		  u32 flags)
{
	struct dmar_attach *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int err;

	if (!a)
		return -ENOMEM;
	err = did_get(d, info->iommu, &a->did);
	if (err) {
		kfree(a);
		return err;
	}
	a->domain = d;
	a->info = info;
	a->pasid = pasid;
	a->nested = gpgd != ~0ull;
	if (d->domain.type == IOMMU_DOMAIN_IDENTITY)
		err = pasid_set_pass(info, pasid, a->did);
	else if (a->nested)
		err = pasid_set_nested(info, pasid, d, a->did, gpgd, levels, flags);
	else if (d->first_stage)
		err = pasid_set_first(info, pasid, virt_to_phys(d->root), a->did, d->levels, false);
	else
		err = pasid_set_second(info, pasid, d, a->did);
	if (err) {
		did_put(d, info->iommu);
		kfree(a);
		return err;
	}
	list_add_tail(&a->of_domain, &d->attaches);
	list_add_tail(&a->of_dev, &info->attaches);
	return 0;
}

static void detach(struct dmar_attach *a)
{
	pasid_tear_down(a->info, a->pasid, false);
	if (a->pasid != RID_PASID && a->info->pri_enabled)
		prq_drain(a->info, a->pasid);
	list_del(&a->of_domain);
	list_del(&a->of_dev);
	did_put(a->domain, a->info->iommu);
	kfree(a);
}

void dmar_detach_rid(struct dmar_dev *info)
{
	struct dmar_attach *a = dmar_attach_find(info, RID_PASID);

	if (a)
		detach(a);
	info->domain = NULL;
}

void dmar_detach_all(struct dmar_dev *info)
{
	while (!list_empty(&info->attaches))
		detach(list_first_entry(&info->attaches, struct dmar_attach, of_dev));
	info->domain = NULL;
}

int dmar_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	struct dmar_domain *d = to_domain(domain);
	struct dmar_dev *info = dev_iommu_priv_get(dev);
	int err;

	/* Table formats belong to the unit that the domain was made for. */
	if (d->root && (d->first_stage ? !(info->iommu->ecap & VTD_ECAP_FSTS)
				       : !(info->iommu->ecap & VTD_ECAP_SSTS)))
		return -EINVAL;
	dmar_detach_rid(info);
	err = attach(d, info, RID_PASID, ~0ull, 0, 0);
	if (err)
		return err;
	info->domain = d;
	return dmar_context_set(info);
}

int dmar_set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);

	if (!info->pasid_enabled)
		return -EOPNOTSUPP;
	return attach(to_domain(domain), info, pasid, ~0ull, 0, 0);
}

int dmar_set_nested_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, u64 gpgd,
			  unsigned int levels, unsigned int flags)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);
	struct dmar_domain *d = to_domain(domain);

	if (!info->pasid_enabled)
		return -EOPNOTSUPP;
	if (d->first_stage || !d->root)
		return -EINVAL;
	return attach(d, info, pasid, gpgd, levels, flags);
}

void dmar_remove_dev_pasid(struct device *dev, ioasid_t pasid)
{
	struct dmar_attach *a = dmar_attach_find(dev_iommu_priv_get(dev), pasid);

	if (a && pasid != RID_PASID)
		detach(a);
}

int dmar_set_pasid_handler(struct device *dev, ioasid_t pasid,
			   const struct iommu_pasid_handler *handler, void *data)
{
	struct dmar_attach *a = dmar_attach_find(dev_iommu_priv_get(dev), pasid);

	if (!a || pasid == RID_PASID)
		return -EINVAL;
	a->handler_data = data;
	a->handler = handler;
	return 0;
}

int dmar_flush_nested(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
		      unsigned int what, u64 addr, u64 size)
{
	struct dmar_dev *info = dev_iommu_priv_get(dev);
	struct dmar_attach *a = dmar_attach_find(info, pasid);
	u64 pages = (size + (addr & 0xfff) + 0xfff) >> VTD_PAGE_SHIFT;

	if (!a || !a->nested || a->domain != to_domain(domain))
		return -EINVAL;
	if (!size || size > 1ull << 57) {
		if (what & IOMMU_INV_IOTLB)
			qi_flush_piotlb(info->iommu, a->did, pasid, 0, ~0ull);
		if (what & IOMMU_INV_DEV_TLB)
			qi_flush_dev_tlb(info, pasid, 0, 64 - VTD_PAGE_SHIFT);
		return 0;
	}
	if (what & IOMMU_INV_IOTLB)
		qi_flush_piotlb(info->iommu, a->did, pasid, addr, pages);
	if (what & IOMMU_INV_DEV_TLB)
		qi_flush_dev_tlb(info, pasid, addr, qi_mask(addr, size));
	return 0;
}
