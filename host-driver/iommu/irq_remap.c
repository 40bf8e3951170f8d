// SPDX-License-Identifier: GPL-2.0
// Interrupt remapping: table entries for device messages. VT-d 5.1, 9.10; Linux 6.1
// irq_remapping.c.
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/find.h>
#include <linux/io.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "iommu.h"

int irq_remap_enable(struct dmar_iommu *iommu)
{
	int err;

	if (!(iommu->ecap & VTD_ECAP_IR) || dmar_options()->no_intremap)
		return 0;
	spin_lock_init(&iommu->irt_lock);
	xa_init(&iommu->irt_posted);
	iommu->irt = dmar_alloc_pages(iommu->node, IRTE_ORDER, GFP_KERNEL);
	iommu->irt_map = bitmap_zalloc(IRTE_COUNT, GFP_KERNEL);
	if (!iommu->irt || !iommu->irt_map)
		return -ENOMEM;
	iommu->x2apic = iommu->ecap & VTD_ECAP_EIM;
	dmar_writeq(iommu, VTD_REG_IRTA,
		    virt_to_phys(iommu->irt) | SPEC_PREP(VTD_IRTA_S, 15) |
			    (iommu->x2apic ? VTD_IRTA_EIME : 0));
	err = dmar_command(iommu, VTD_GCMD_SIRTP, false);
	if (err)
		return err;
	qi_flush_iec(iommu, true, 0);
	return dmar_command(iommu, VTD_GCMD_IRE, true);
}

/* Lowest free entry, or -ENOSPC. */
static int irte_get(struct dmar_iommu *iommu)
{
	unsigned long flags, i;

	spin_lock_irqsave(&iommu->irt_lock, flags);
	i = find_first_zero_bit(iommu->irt_map, IRTE_COUNT);
	if (i < IRTE_COUNT)
		__set_bit(i, iommu->irt_map);
	spin_unlock_irqrestore(&iommu->irt_lock, flags);
	return i < IRTE_COUNT ? (int)i : -ENOSPC;
}

static void irte_put(struct dmar_iommu *iommu, u32 index)
{
	unsigned long flags;

	spin_lock_irqsave(&iommu->irt_lock, flags);
	__clear_bit(index, iommu->irt_map);
	spin_unlock_irqrestore(&iommu->irt_lock, flags);
}

static struct dmar_iommu *unit_of(struct device *dev, u16 *sid)
{
	struct dmar_iommu *iommu;
	struct pci_dev *pdev;

	if (!dev_is_pci(dev))
		return NULL;
	pdev = to_pci_dev(dev);
	*sid = pci_dev_id(pdev);
	iommu = dmar_find(pci_domain_nr(pdev->bus), pdev->bus->number, pdev->devfn);
	return iommu && iommu->irt ? iommu : NULL;
}

#define COOKIE_DIRECT (~0u)

/* Functions that no unit remaps for get the compatibility format. */
static int direct(u32 vector, struct msi_msg *msg, u32 *cookie)
{
	if (vector >> 8 > 0xff)
		return -ENOSPC;
	msg->address_hi = 0;
	msg->address_lo = VTD_MSI_BASE | SPEC_PREP(VTD_MSI_DEST, vector >> 8);
	msg->data = vector & 0xff;
	*cookie = COOKIE_DIRECT;
	return 0;
}

static int remap_alloc(void *ctx, struct device *dev, u32 vector, struct msi_msg *msg, u32 *cookie)
{
	struct dmar_iommu *iommu;
	struct irte *e;
	u32 dest = vector >> 8;
	u16 sid;
	int i;

	iommu = unit_of(dev, &sid);
	if (!iommu)
		return direct(vector, msg, cookie);
	if (!iommu->x2apic && dest > 0xff)
		return -ENOSPC;
	i = irte_get(iommu);
	if (i < 0)
		return i;
	e = &iommu->irt[i];
	WRITE_ONCE(e->hi,
		   SPEC_PREP(VTD_IRTE_Q1_SID, sid) | SPEC_PREP(VTD_IRTE_Q1_SVT, VTD_SVT_SID));
	WRITE_ONCE(e->lo, VTD_IRTE_Q0_P | SPEC_PREP(VTD_IRTE_Q0_VECTOR, vector & 0xff) |
				  (iommu->x2apic ? SPEC_PREP(VTD_IRTE_Q0_DEST, dest)
						 : SPEC_PREP(VTD_IRTE_Q0_DEST_XAPIC, dest)));
	qi_flush_iec(iommu, false, i);
	msg->address_hi = 0;
	msg->address_lo = VTD_MSI_BASE | VTD_MSI_REMAP | VTD_MSI_SHV |
			  SPEC_PREP(VTD_MSI_HANDLE_LO, i & 0x7fff) |
			  SPEC_PREP(VTD_MSI_HANDLE_HI, (u32)i >> 15);
	msg->data = 0;
	*cookie = i;
	return 0;
}

static void remap_free(void *ctx, struct device *dev, u32 cookie)
{
	struct dmar_iommu *iommu;
	u16 sid;

	if (cookie == COOKIE_DIRECT)
		return;
	iommu = unit_of(dev, &sid);
	if (!iommu || cookie >= IRTE_COUNT)
		return;
	kfree(xa_erase(&iommu->irt_posted, cookie));
	WRITE_ONCE(iommu->irt[cookie].lo, 0);
	WRITE_ONCE(iommu->irt[cookie].hi, 0);
	qi_flush_iec(iommu, false, cookie);
	irte_put(iommu, cookie);
}

/* In one piece on a processor (CMPXCHG16B): the unit sees the old entry or the new one. */
static void irte_write(struct dmar_iommu *iommu, u32 i, const struct irte *e)
{
	WRITE_ONCE(iommu->irt[i].hi, e->hi);
	WRITE_ONCE(iommu->irt[i].lo, e->lo);
	qi_flush_iec(iommu, false, i);
}

static int remap_unpost(struct dmar_iommu *iommu, u32 i)
{
	struct irte *old = xa_erase(&iommu->irt_posted, i);

	if (old)
		irte_write(iommu, i, old);
	kfree(old);
	return 0;
}

static int remap_post(void *ctx, struct device *dev, u32 cookie, u64 desc, u8 vector)
{
	struct dmar_iommu *iommu;
	struct irte *old, e;
	u16 sid;

	iommu = cookie == COOKIE_DIRECT ? NULL : unit_of(dev, &sid);
	if (!iommu || cookie >= IRTE_COUNT)
		return -EOPNOTSUPP;
	if (!desc)
		return remap_unpost(iommu, cookie);
	if (!(iommu->cap & VTD_CAP_PI))
		return -EOPNOTSUPP;
	if (!xa_load(&iommu->irt_posted, cookie)) {
		old = kmalloc(sizeof(*old), GFP_KERNEL);
		if (!old)
			return -ENOMEM;
		*old = iommu->irt[cookie];
		if (xa_err(xa_store(&iommu->irt_posted, cookie, old, GFP_KERNEL))) {
			kfree(old);
			return -ENOMEM;
		}
	}
	e.hi = SPEC_PREP(VTD_IRTE_Q1_SID, sid) | SPEC_PREP(VTD_IRTE_Q1_SVT, VTD_SVT_SID) |
	       SPEC_PREP(VTD_IRTE_Q1_PDAH, desc >> 32);
	e.lo = VTD_IRTE_Q0_P | VTD_IRTE_Q0_IM | SPEC_PREP(VTD_IRTE_Q0_VECTOR, vector) |
	       SPEC_PREP(VTD_IRTE_Q0_PDAL, desc >> 6 & 0x3ffffff);
	irte_write(iommu, cookie, &e);
	return 0;
}

static const struct msi_remap_ops remap_ops = {
	.alloc = remap_alloc,
	.free = remap_free,
	.post = remap_post,
};

void irq_remap_register(struct dmar_driver *drv)
{
	u32 i;

	for (i = 0; i < drv->nr; i++)
		if (drv->iommu[i] && drv->iommu[i]->irt) {
			dmar_set_irq_remapping(&remap_ops, drv);
			return;
		}
}
