// SPDX-License-Identifier: GPL-2.0
/* The virtual MSI-X table: what the guest wrote there, masks, pending bits, delivery. */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/pci_regs.h>
#include "defect.h"
#include "vdev_priv.h"

static u32 vdev_entry(u32 vector)
{
	return VDEV_MSIX + vector * PCI_MSIX_ENTRY_SIZE;
}

static bool vdev_entry_masked(const struct vdev *v, u32 vector)
{
	return vdev_reg(v, vdev_entry(vector) + PCI_MSIX_ENTRY_VECTOR_CTRL) &
	       PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

void vdev_raise(struct vdev *v, u32 vector)
{
	u32 entry = vdev_entry(vector);
	u64 addr;
	u32 data;
	bool send = false;
	unsigned long flags;

	if (!vector && vdev_defect(VECTOR0_LOST))
		return;
	spin_lock_irqsave(&v->irq_lock, flags);
	if (v->msix_enabled) {
		send = !v->msix_masked && !vdev_entry_masked(v, vector);
		if (!send)
			vdev_set_reg(v, VDEV_PBA, vdev_reg(v, VDEV_PBA) | BIT(vector));
	}
	addr = get_unaligned_le64(v->bar0 + entry + PCI_MSIX_ENTRY_LOWER_ADDR);
	data = vdev_reg(v, entry + PCI_MSIX_ENTRY_DATA);
	spin_unlock_irqrestore(&v->irq_lock, flags);
	if (send)
		v->ops->interrupt(v->ctx, vector, addr, data);
}

int vdev_message(struct vdev *v, u32 vector, u64 *addr, u32 *data)
{
	unsigned long flags;
	int rc = -ENOENT;

	if (vector >= v->nr_vectors)
		return rc;
	spin_lock_irqsave(&v->irq_lock, flags);
	if (v->msix_enabled) {
		*addr = get_unaligned_le64(v->bar0 + vdev_entry(vector) +
					   PCI_MSIX_ENTRY_LOWER_ADDR);
		*data = vdev_reg(v, vdev_entry(vector) + PCI_MSIX_ENTRY_DATA);
		rc = 0;
	}
	spin_unlock_irqrestore(&v->irq_lock, flags);
	return rc;
}

/* Delivers what waited for an unmask. */
static void vdev_raise_pending(struct vdev *v)
{
	unsigned long flags;
	u32 i, pending;

	spin_lock_irqsave(&v->irq_lock, flags);
	pending = vdev_reg(v, VDEV_PBA);
	vdev_set_reg(v, VDEV_PBA, 0);
	spin_unlock_irqrestore(&v->irq_lock, flags);
	/* Those that are still masked come back as pending. */
	for (i = 0; i < v->nr_vectors; i++)
		if (pending & BIT(i))
			vdev_raise(v, i);
}

/* A masked vector holds its slot's messages back at the source. */
void vdev_sync_slots(struct vdev *v)
{
	u32 i;

	for (i = 1; i < v->nr_vectors; i++) {
		struct vdev_vector *vec = &v->vector[i];
		bool mask = !v->msix_enabled || v->msix_masked || vdev_entry_masked(v, i);

		if (vec->slot < 0 || vec->slot_masked == mask)
			continue;
		if (!v->be->ops->ims_mask(v->be, vec->slot, mask))
			vec->slot_masked = mask;
	}
}

void vdev_drop_pending(struct vdev *v)
{
	unsigned long flags;

	spin_lock_irqsave(&v->irq_lock, flags);
	vdev_set_reg(v, VDEV_PBA, 0);
	spin_unlock_irqrestore(&v->irq_lock, flags);
}

void vdev_init_msix(struct vdev *v)
{
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&v->irq_lock, flags);
	v->msix_enabled = false;
	v->msix_masked = false;
	for (i = 0; i < v->nr_vectors; i++) {
		vdev_set_reg64(v, vdev_entry(i) + PCI_MSIX_ENTRY_LOWER_ADDR, 0);
		vdev_set_reg(v, vdev_entry(i) + PCI_MSIX_ENTRY_DATA, 0);
		vdev_set_reg(v, vdev_entry(i) + PCI_MSIX_ENTRY_VECTOR_CTRL,
			     PCI_MSIX_ENTRY_CTRL_MASKBIT);
	}
	vdev_set_reg(v, VDEV_PBA, 0);
	spin_unlock_irqrestore(&v->irq_lock, flags);
	vdev_sync_slots(v);
}

void vdev_set_msix_control(struct vdev *v, bool enabled, bool masked)
{
	unsigned long flags;

	spin_lock_irqsave(&v->irq_lock, flags);
	v->msix_enabled = enabled;
	v->msix_masked = masked;
	spin_unlock_irqrestore(&v->irq_lock, flags);
	vdev_sync_slots(v);
	vdev_raise_pending(v);
}

/* @mask: the bits of @val that were written. */
void vdev_write_msix(struct vdev *v, u32 off, u32 val, u32 mask)
{
	u32 field = (off - VDEV_MSIX) % PCI_MSIX_ENTRY_SIZE;
	unsigned long flags;
	u32 old;

	if (field == PCI_MSIX_ENTRY_LOWER_ADDR)
		mask &= ~3u;
	else if (field == PCI_MSIX_ENTRY_VECTOR_CTRL)
		mask &= PCI_MSIX_ENTRY_CTRL_MASKBIT;
	spin_lock_irqsave(&v->irq_lock, flags);
	old = vdev_reg(v, off);
	vdev_set_reg(v, off, (old & ~mask) | (val & mask));
	spin_unlock_irqrestore(&v->irq_lock, flags);
	if (field != PCI_MSIX_ENTRY_VECTOR_CTRL)
		return;
	vdev_sync_slots(v);
	vdev_raise_pending(v);
}
