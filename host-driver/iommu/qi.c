// SPDX-License-Identifier: GPL-2.0
// The invalidation queue: submission, waiting, errors. VT-d 6.5.2; Linux 6.1
// drivers/iommu/intel/dmar.c.
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "iommu.h"

#define QI_SHIFT 5

int qi_enable(struct dmar_iommu *iommu)
{
	struct invalidation_queue *qi = &iommu->qi;

	spin_lock_init(&qi->lock);
	qi->desc = dmar_alloc_pages(iommu->node, 1, GFP_KERNEL);
	qi->status = kcalloc(QI_LENGTH, sizeof(*qi->status), GFP_KERNEL);
	if (!qi->desc || !qi->status)
		return -ENOMEM;
	qi->head = qi->tail = 0;
	qi->free = QI_LENGTH;
	dmar_writel(iommu, VTD_REG_IQT, 0);
	/* Order 1 is 256 descriptors of 256 bits, the only width of scalable mode. */
	dmar_writeq(iommu, VTD_REG_IQA,
		    virt_to_phys(qi->desc) | VTD_IQA_DW | SPEC_PREP(VTD_IQA_QS, 1));
	return dmar_command(iommu, VTD_GCMD_QIE, true);
}

/* Waits of aborted commands are never written: their owners submit again. */
static void qi_abort_all(struct invalidation_queue *qi)
{
	u32 i;

	for (i = 0; i < QI_LENGTH; i++)
		if (qi->status[i] == QI_IN_USE)
			qi->status[i] = QI_ABORT;
}

/* Called while a wait is outstanding: 0 go on waiting, -EAGAIN submit again, -EINVAL bad
 * descriptor. */
static int qi_check(struct dmar_iommu *iommu, u32 first, u32 wait)
{
	struct invalidation_queue *qi = &iommu->qi;
	u32 sts, head;
	u64 why;

	if (READ_ONCE(qi->status[wait]) == QI_ABORT)
		return -EAGAIN;
	sts = dmar_readl(iommu, VTD_REG_FSTS);
	if (sts & (VTD_FSTS_IQE | VTD_FSTS_ITE | VTD_FSTS_ICE)) {
		why = dmar_readq(iommu, VTD_REG_IQERCD);
		pr_err("DMAR: %s: invalidation queue error: FSTS %#x IQERCD %#llx\n", iommu->name,
		       sts, why);
	}
	if (sts & VTD_FSTS_IQE) {
		head = dmar_readq(iommu, VTD_REG_IQH) >> QI_SHIFT;
		if ((head - first) % QI_LENGTH < (wait - first) % QI_LENGTH) {
			/* Ours: a copy of the wait takes its place, so that others go on. */
			qi->desc[head] = qi->desc[wait];
			dmar_writel(iommu, VTD_REG_FSTS, VTD_FSTS_IQE);
			return -EINVAL;
		}
	}
	if (sts & VTD_FSTS_ITE) {
		qi_abort_all(qi);
		dmar_writel(iommu, VTD_REG_FSTS, VTD_FSTS_ITE);
	}
	if (sts & VTD_FSTS_ICE)
		dmar_writel(iommu, VTD_REG_FSTS, VTD_FSTS_ICE);
	return READ_ONCE(qi->status[wait]) == QI_ABORT ? -EAGAIN : 0;
}

static void qi_reclaim(struct invalidation_queue *qi)
{
	while (qi->free < QI_LENGTH &&
	       (qi->status[qi->tail] == QI_DONE || qi->status[qi->tail] == QI_ABORT)) {
		qi->status[qi->tail] = QI_FREE;
		qi->tail = (qi->tail + 1) % QI_LENGTH;
		qi->free++;
	}
}

static int qi_submit_once(struct dmar_iommu *iommu, const struct qi_desc *desc, u32 count,
			  u32 options)
{
	struct invalidation_queue *qi = &iommu->qi;
	unsigned long flags;
	u32 first, wait, i;
	int rc = 0;

	spin_lock_irqsave(&qi->lock, flags);
	while (qi->free < count + 2) {
		spin_unlock_irqrestore(&qi->lock, flags);
		cpu_relax();
		spin_lock_irqsave(&qi->lock, flags);
	}
	first = qi->head;
	wait = (first + count) % QI_LENGTH;
	for (i = 0; i < count; i++) {
		qi->desc[(first + i) % QI_LENGTH] = desc[i];
		qi->status[(first + i) % QI_LENGTH] = QI_IN_USE;
	}
	qi->status[wait] = QI_IN_USE;
	qi->desc[wait] = (struct qi_desc){
		.qw = {VTD_QI_WAIT | VTD_QI_WAIT_Q0_SW | SPEC_PREP(VTD_QI_WAIT_Q0_DATA, QI_DONE) |
			       (options & QI_DRAIN_PRQ ? VTD_QI_WAIT_Q0_PD : 0),
		       virt_to_phys(&qi->status[wait])},
	};
	qi->head = (wait + 1) % QI_LENGTH;
	qi->free -= count + 1;
	dmar_writel(iommu, VTD_REG_IQT, qi->head << QI_SHIFT);

	while (READ_ONCE(qi->status[wait]) != QI_DONE) {
		rc = qi_check(iommu, first, wait);
		if (rc)
			break;
		spin_unlock_irqrestore(&qi->lock, flags);
		cpu_relax();
		spin_lock_irqsave(&qi->lock, flags);
	}
	for (i = 0; i <= count; i++)
		qi->status[(first + i) % QI_LENGTH] = QI_DONE;
	qi_reclaim(qi);
	spin_unlock_irqrestore(&qi->lock, flags);
	return rc;
}

int qi_submit(struct dmar_iommu *iommu, const struct qi_desc *desc, u32 count, u32 options)
{
	int rc, tries = 0;

	dmar_count(DMAR_COUNT_INVALIDATION, count);
	do {
		rc = qi_submit_once(iommu, desc, count, options);
	} while (rc == -EAGAIN && ++tries < QI_RETRIES);
	if (rc)
		pr_err("DMAR: %s: invalidation %#llx failed: %d\n", iommu->name, desc[0].qw[0], rc);
	return rc;
}

u32 qi_mask(u64 addr, u64 size)
{
	u64 first = addr >> VTD_PAGE_SHIFT, last = (addr + size - 1) >> VTD_PAGE_SHIFT;
	u32 mask = 0;

	while (first >> mask != last >> mask)
		mask++;
	return mask;
}

void qi_flush_context(struct dmar_iommu *iommu, u16 sid, u64 granularity)
{
	struct qi_desc d = {.qw = {VTD_QI_CTX | SPEC_PREP(VTD_QI_Q0_G, granularity) |
				   SPEC_PREP(VTD_QI_CTX_Q0_SID, sid)}};

	qi_submit(iommu, &d, 1, 0);
}

void qi_flush_iotlb(struct dmar_iommu *iommu, u16 did, u64 addr, u32 mask, u64 granularity)
{
	struct qi_desc d = {.qw = {VTD_QI_IOTLB | SPEC_PREP(VTD_QI_Q0_G, granularity) |
				   VTD_QI_IOTLB_Q0_DW | VTD_QI_IOTLB_Q0_DR |
				   SPEC_PREP(VTD_QI_Q0_DID, did)}};

	if (granularity == VTD_QI_IOTLB_PAGE)
		d.qw[1] = (addr & VTD_QI_Q1_ADDR & (~0ull << (mask + VTD_PAGE_SHIFT))) |
			  SPEC_PREP(VTD_QI_Q1_AM, mask);
	qi_submit(iommu, &d, 1, 0);
}

void qi_desc_piotlb_all(struct qi_desc *d, u16 did, u32 pasid)
{
	*d = (struct qi_desc){.qw = {VTD_QI_PIOTLB | SPEC_PREP(VTD_QI_Q0_G, VTD_QI_PIOTLB_ALL) |
				     SPEC_PREP(VTD_QI_Q0_DID, did) |
				     SPEC_PREP(VTD_QI_Q0_PASID, pasid)}};
}

void qi_flush_piotlb(struct dmar_iommu *iommu, u16 did, u32 pasid, u64 addr, u64 pages)
{
	struct qi_desc d;
	u32 mask;

	qi_desc_piotlb_all(&d, did, pasid);
	if (pages != ~0ull) {
		mask = qi_mask(addr, pages << VTD_PAGE_SHIFT);
		d.qw[0] = SPEC_SET(VTD_QI_Q0_G, d.qw[0], VTD_QI_PIOTLB_PAGE);
		d.qw[1] = (addr & VTD_QI_Q1_ADDR & (~0ull << (mask + VTD_PAGE_SHIFT))) |
			  SPEC_PREP(VTD_QI_Q1_AM, mask);
	}
	qi_submit(iommu, &d, 1, 0);
}

void qi_flush_pasid_cache(struct dmar_iommu *iommu, u16 did, u32 pasid, u64 granularity)
{
	struct qi_desc d = {.qw = {VTD_QI_PASID | SPEC_PREP(VTD_QI_Q0_G, granularity) |
				   SPEC_PREP(VTD_QI_Q0_DID, did) |
				   SPEC_PREP(VTD_QI_Q0_PASID, pasid)}};

	qi_submit(iommu, &d, 1, 0);
}

void qi_desc_dev_tlb(struct qi_desc *d, const struct dmar_dev *info, u32 pasid, u64 addr, u32 mask)
{
	u64 range = addr & VTD_QI_Q1_ADDR, size;

	memset(d, 0, sizeof(*d));
	if (mask >= 64 - VTD_PAGE_SHIFT) {
		/* Everything: all ones below bit 63. */
		range = SPEC_FIELD(62, 12);
	} else if (mask) {
		/* The lowest zero bit gives the size. */
		size = 1ull << (VTD_PAGE_SHIFT + mask);
		range = (range & ~(size - 1)) | ((size >> 1) - 1);
		range &= VTD_QI_Q1_ADDR;
	}
	if (pasid == RID_PASID) {
		d->qw[0] = VTD_QI_DEVTLB | SPEC_PREP(VTD_QI_DEV_Q0_QDEP, info->ats_qdep) |
			   SPEC_PREP(VTD_QI_DEV_Q0_SID, info->sid) |
			   SPEC_PREP(VTD_QI_DEV_Q0_PFSID_LO, info->sid & 0xf) |
			   SPEC_PREP(VTD_QI_DEV_Q0_PFSID_HI, info->sid >> 4);
		d->qw[1] = range | (mask ? VTD_QI_DEV_Q1_S : 0);
		return;
	}
	d->qw[0] = VTD_QI_PDEVTLB | SPEC_PREP(VTD_QI_PDEV_Q0_QDEP, info->ats_qdep) |
		   SPEC_PREP(VTD_QI_PDEV_Q0_SID, info->sid) | SPEC_PREP(VTD_QI_Q0_PASID, pasid) |
		   SPEC_PREP(VTD_QI_DEV_Q0_PFSID_LO, info->sid & 0xf) |
		   SPEC_PREP(VTD_QI_DEV_Q0_PFSID_HI, info->sid >> 4);
	d->qw[1] = range | (mask ? VTD_QI_PDEV_Q1_S : 0);
}

void qi_flush_dev_tlb(struct dmar_dev *info, u32 pasid, u64 addr, u32 mask)
{
	struct qi_desc d;

	if (!info->ats_enabled)
		return;
	qi_desc_dev_tlb(&d, info, pasid, addr, mask);
	qi_submit(info->iommu, &d, 1, 0);
}

void qi_flush_iec(struct dmar_iommu *iommu, bool global, u32 index)
{
	struct qi_desc d = {.qw = {VTD_QI_IEC}};

	if (!global)
		d.qw[0] |= VTD_QI_IEC_Q0_G | SPEC_PREP(VTD_QI_IEC_Q0_IIDX, index);
	qi_submit(iommu, &d, 1, 0);
}

int qi_page_response(struct dmar_iommu *iommu, u16 sid, u32 pasid, u16 prgi, u32 code)
{
	struct qi_desc d = {.qw = {VTD_QI_PGRSP | VTD_QI_PGRSP_Q0_PP |
					   SPEC_PREP(VTD_QI_PGRSP_Q0_CODE, code) |
					   SPEC_PREP(VTD_QI_PGRSP_Q0_RID, sid) |
					   SPEC_PREP(VTD_QI_Q0_PASID, pasid),
				   SPEC_PREP(VTD_QI_PGRSP_Q1_PRGI, prgi)}};

	dmar_count(DMAR_COUNT_PAGE_RESPONSE, 1);
	if (code != VTD_PR_SUCCESS)
		dmar_count(DMAR_COUNT_PAGE_FAILURE, 1);
	return qi_submit(iommu, &d, 1, 0);
}
