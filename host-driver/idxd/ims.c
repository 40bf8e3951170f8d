// SPDX-License-Identifier: GPL-2.0
/* The interrupt message store: the device's table of messages beyond MSI-X, slot by slot. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <spec/dsa_pci.h>
#include "idxd.h"

static u32 idxd_ims_off(struct idxd_device *idxd, u32 slot, u32 field)
{
	return idxd->offs.ims + slot * DSA_IMS_STRIDE + field;
}

/* Does the function say that it has an interrupt message store? */
static bool idxd_has_siov(struct pci_dev *pdev)
{
	int pos = pci_find_dvsec_capability(pdev, DSA_PCI_VENDOR, DSA_DVSEC_ID_SIOV);
	u32 header = 0, caps = 0;

	if (!pos)
		return false;
	pci_read_config_dword(pdev, pos + DSA_DVSEC_HDR1, &header);
	if (SPEC_GET(DSA_DVSEC_HDR1_LEN, header) < DSA_DVSEC_LEN)
		return false;
	pci_read_config_dword(pdev, pos + DSA_DVSEC_CAPS, &caps);
	return caps & DSA_DVSEC_CAPS_IMS;
}

/* Find the table; a device without one works without. */
int idxd_ims_init(struct idxd_device *idxd)
{
	struct idxd_ims *ims = &idxd->ims;
	u32 slots = SPEC_GET(DSA_GENCAP_IMS_MULT, idxd->hw.gencap) * DSA_IMS_MULTIPLIER;

	mutex_init(&ims->lock);
	if (!slots || !idxd->offs.ims || !idxd_has_siov(idxd->pdev))
		return 0;
	if ((u64)idxd->offs.ims + (u64)slots * DSA_IMS_STRIDE > idxd->regs_len) {
		dev_warn(idxd_pdev(idxd), "IMS table beyond the registers, not used\n");
		return 0;
	}
	ims->used = bitmap_zalloc(slots, GFP_KERNEL);
	if (!ims->used)
		return -ENOMEM;
	ims->num_slots = slots;
	return 0;
}

void idxd_ims_exit(struct idxd_device *idxd)
{
	bitmap_free(idxd->ims.used);
	idxd->ims.used = NULL;
	idxd->ims.num_slots = 0;
}

/* A device reset masked every slot and forgot the messages; owners hear of it as a halt. */
void idxd_ims_reset(struct idxd_device *idxd)
{
	if (idxd->ims.used && !bitmap_empty(idxd->ims.used, idxd->ims.num_slots))
		dev_info(idxd_pdev(idxd), "IMS slots in use were reset\n");
}

static bool idxd_ims_valid(struct idxd_device *idxd, u32 slot)
{
	return slot < idxd->ims.num_slots && test_bit(slot, idxd->ims.used);
}

int idxd_ims_alloc(struct idxd_device *idxd)
{
	struct idxd_ims *ims = &idxd->ims;
	u32 slot;

	if (!ims->num_slots)
		return -EOPNOTSUPP;
	mutex_lock(&ims->lock);
	slot = find_first_zero_bit(ims->used, ims->num_slots);
	if (slot < ims->num_slots) {
		set_bit(slot, ims->used);
		idxd_write32(idxd, idxd_ims_off(idxd, slot, DSA_IMS_CTRL), DSA_IMS_CTRL_MASK);
	}
	mutex_unlock(&ims->lock);
	return slot < ims->num_slots ? (int)slot : -ENOSPC;
}
EXPORT_SYMBOL_GPL(idxd_ims_alloc);

void idxd_ims_free(struct idxd_device *idxd, u32 slot)
{
	struct idxd_ims *ims = &idxd->ims;

	if (!idxd_ims_valid(idxd, slot))
		return;
	mutex_lock(&ims->lock);
	if (!test_bit(IDXD_FLAG_GONE, &idxd->flags)) {
		idxd_write32(idxd, idxd_ims_off(idxd, slot, DSA_IMS_CTRL), DSA_IMS_CTRL_MASK);
		/* Nothing of the old owner may fire once another has the slot. */
		idxd_read32(idxd, idxd_ims_off(idxd, slot, DSA_IMS_CTRL));
	}
	clear_bit(slot, ims->used);
	mutex_unlock(&ims->lock);
}
EXPORT_SYMBOL_GPL(idxd_ims_free);

int idxd_ims_write_msg(struct idxd_device *idxd, u32 slot, u64 addr, u32 data)
{
	if (!idxd_ims_valid(idxd, slot) ||
	    (addr & DSA_IMS_ADDR_WINDOW) != (DSA_IMS_ADDR_BASE & DSA_IMS_ADDR_WINDOW))
		return -EINVAL;
	if (test_bit(IDXD_FLAG_GONE, &idxd->flags))
		return -ENODEV;
	mutex_lock(&idxd->ims.lock);
	idxd_write64(idxd, idxd_ims_off(idxd, slot, DSA_IMS_ADDR), addr);
	idxd_write32(idxd, idxd_ims_off(idxd, slot, DSA_IMS_DATA), data);
	idxd_read32(idxd, idxd_ims_off(idxd, slot, DSA_IMS_CTRL));
	mutex_unlock(&idxd->ims.lock);
	return 0;
}
EXPORT_SYMBOL_GPL(idxd_ims_write_msg);

/* Change part of a slot's control word, and wait until the device has it. */
static int idxd_ims_update(struct idxd_device *idxd, u32 slot, u32 mask, u32 val)
{
	u32 off, ctrl;

	if (!idxd_ims_valid(idxd, slot))
		return -EINVAL;
	if (test_bit(IDXD_FLAG_GONE, &idxd->flags))
		return -ENODEV;
	off = idxd_ims_off(idxd, slot, DSA_IMS_CTRL);
	mutex_lock(&idxd->ims.lock);
	ctrl = idxd_read32(idxd, off) & ~(mask | (u32)DSA_IMS_CTRL_PENDING);
	idxd_write32(idxd, off, ctrl | val);
	idxd_read32(idxd, off);
	mutex_unlock(&idxd->ims.lock);
	return 0;
}

int idxd_ims_mask(struct idxd_device *idxd, u32 slot, bool mask)
{
	return idxd_ims_update(idxd, slot, DSA_IMS_CTRL_MASK, mask ? DSA_IMS_CTRL_MASK : 0);
}
EXPORT_SYMBOL_GPL(idxd_ims_mask);

int idxd_ims_set_pasid(struct idxd_device *idxd, u32 slot, u32 pasid, bool enable)
{
	u32 val = 0;

	if (enable && pasid > DSA_PASID_MAX)
		return -EINVAL;
	if (enable)
		val = DSA_IMS_CTRL_PASID_EN | SPEC_PREP(DSA_IMS_CTRL_PASID, pasid);
	return idxd_ims_update(idxd, slot, DSA_IMS_CTRL_PASID_EN | DSA_IMS_CTRL_PASID, val);
}
EXPORT_SYMBOL_GPL(idxd_ims_set_pasid);

int idxd_ims_request_handle(struct idxd_device *idxd, u32 slot, u32 *handle)
{
	if (!idxd_ims_valid(idxd, slot))
		return -EINVAL;
	return idxd_request_handle(idxd, slot, true, handle);
}
EXPORT_SYMBOL_GPL(idxd_ims_request_handle);

int idxd_ims_release_handle(struct idxd_device *idxd, u32 handle)
{
	return idxd_release_handle(idxd, handle, true);
}
EXPORT_SYMBOL_GPL(idxd_ims_release_handle);
