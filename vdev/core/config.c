// SPDX-License-Identifier: GPL-2.0
/* Virtual configuration space: a root complex integrated endpoint with two BARs and MSI-X. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/string.h>
#include "defect.h"
#include "vdev_priv.h"

#define VDEV_SUBSYSTEM	 0x2010
#define VDEV_HEADER_TYPE 0x80
/* Can be reset by itself; payload of 128 bytes. */
#define VDEV_EXP_DEVCAP PCI_EXP_DEVCAP_FLR
#define VDEV_BAR_TYPE	(PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH)
#define VDEV_COMMAND_RW                                                                            \
	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |         \
	 PCI_COMMAND_INTX_DISABLE)
#define VDEV_MSIX_RW (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

/*
 * What may be written. Everything else keeps its value. No extended capabilities: without them a
 * guest cannot share address spaces with the device, which the type promises.
 */
struct vdev_config_row {
	u8 off;
	u8 width;
	u32 rw;
	u32 w1c;
};

static const struct vdev_config_row vdev_config_rows[] = {
	{PCI_COMMAND, 2, VDEV_COMMAND_RW, 0},
	{PCI_STATUS, 2, 0, 0xf900},
	{PCI_CACHE_LINE_SIZE, 1, 0xff, 0},
	{PCI_INTERRUPT_LINE, 1, 0xff, 0},
	{VDEV_CAP_MSIX + PCI_MSIX_FLAGS, 2, VDEV_MSIX_RW, 0},
	/* All but the reset bit, which acts and reads as zero. */
	{VDEV_CAP_EXP + PCI_EXP_DEVCTL, 2, 0x7fff, 0},
	{VDEV_CAP_EXP + PCI_EXP_DEVSTA, 2, 0, 0x000f},
};

u64 vdev_bar_size(const struct vdev *v, u32 bar)
{
	u64 used = (v->nr_wqs - 1) * (u64)DSA_PORTAL_WQ_STRIDE + 2 * DSA_PORTAL_SIZE, size;

	switch (bar) {
	case VDEV_BAR_REGISTERS:
		return VDEV_BAR0_SIZE;
	case VDEV_BAR_PORTALS:
		/* Up to the last queue's limited page, rounded up to a power of two. */
		for (size = 2 * DSA_PORTAL_SIZE; size < used; size *= 2)
			;
		return size;
	default:
		return 0;
	}
}

static u16 vdev_config16(const struct vdev *v, u32 off)
{
	return get_unaligned_le16(v->config + off);
}

static void vdev_put16(struct vdev *v, u32 off, u16 val)
{
	put_unaligned_le16(val, v->config + off);
}

static void vdev_put32(struct vdev *v, u32 off, u32 val)
{
	put_unaligned_le32(val, v->config + off);
}

static void vdev_init_caps(struct vdev *v)
{
	u8 *cap = v->config + VDEV_CAP_MSIX;

	cap[PCI_CAP_LIST_ID] = PCI_CAP_ID_MSIX;
	cap[PCI_CAP_LIST_NEXT] = VDEV_CAP_EXP;
	vdev_put16(v, VDEV_CAP_MSIX + PCI_MSIX_FLAGS, v->nr_vectors - 1);
	vdev_put32(v, VDEV_CAP_MSIX + PCI_MSIX_TABLE, VDEV_MSIX | VDEV_BAR_REGISTERS);
	vdev_put32(v, VDEV_CAP_MSIX + PCI_MSIX_PBA, VDEV_PBA | VDEV_BAR_REGISTERS);

	cap = v->config + VDEV_CAP_EXP;
	cap[PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	vdev_put16(v, VDEV_CAP_EXP + PCI_EXP_FLAGS, DSA_PCI_EXP_FLAGS);
	vdev_put32(v, VDEV_CAP_EXP + PCI_EXP_DEVCAP, VDEV_EXP_DEVCAP);
}

void vdev_init_config(struct vdev *v)
{
	memset(v->config, 0, sizeof(v->config));
	vdev_put16(v, PCI_VENDOR_ID, DSA_PCI_VENDOR);
	vdev_put16(v, PCI_DEVICE_ID, v->facts.pci_device);
	vdev_put16(v, PCI_STATUS, PCI_STATUS_CAP_LIST);
	vdev_put32(v, PCI_CLASS_REVISION, DSA_PCI_CLASS << 8);
	v->config[PCI_HEADER_TYPE] = VDEV_HEADER_TYPE;
	vdev_put32(v, PCI_BASE_ADDRESS_0, VDEV_BAR_TYPE);
	vdev_put32(v, PCI_BASE_ADDRESS_2, VDEV_BAR_TYPE);
	vdev_put16(v, PCI_SUBSYSTEM_VENDOR_ID, DSA_PCI_VENDOR);
	vdev_put16(v, PCI_SUBSYSTEM_ID, VDEV_SUBSYSTEM);
	v->config[PCI_CAPABILITY_LIST] = VDEV_CAP_MSIX;
	vdev_init_caps(v);
}

bool vdev_bus_master(const struct vdev *v)
{
	return vdev_config16(v, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

u64 vdev_bar_addr(struct vdev *v, u32 bar, bool *enabled)
{
	u64 addr;

	mutex_lock(&v->lock);
	*enabled = vdev_config16(v, PCI_COMMAND) & PCI_COMMAND_MEMORY;
	addr = get_unaligned_le64(v->config + PCI_BASE_ADDRESS_0 + 4 * bar);
	mutex_unlock(&v->lock);
	return addr & PCI_BASE_ADDRESS_MEM_MASK;
}

int vdev_portal(struct vdev *v, u64 bar_off, phys_addr_t *pa)
{
	u64 wq = bar_off / DSA_PORTAL_WQ_STRIDE;
	u64 page = bar_off % DSA_PORTAL_WQ_STRIDE / DSA_PORTAL_SIZE;

	/* The IMS pages behind the first two are never listed, yet always what is mapped. */
	if (wq >= v->nr_wqs || page > 1)
		return -ENOENT;
	*pa = v->be->ops->portal(v->be, wq, page == 1);
	return *pa ? 0 : -ENOENT;
}

/* ---- accesses ---- */

static bool vdev_config_access_ok(u32 off, u32 width)
{
	return (width == 1 || width == 2 || width == 4) && !(off & (width - 1)) &&
	       off < VDEV_CONFIG_SIZE;
}

int vdev_config_read(struct vdev *v, u32 off, u32 width, u32 *val)
{
	u32 i;

	*val = ~0u;
	if (!vdev_config_access_ok(off, width))
		return -EINVAL;
	*val = 0;
	mutex_lock(&v->lock);
	v->traps.count[VDEV_TRAP_CONFIG_READ]++;
	for (i = 0; i < width && off < VDEV_CONFIG_BYTES; i++)
		*val |= (u32)v->config[off + i] << 8 * i;
	mutex_unlock(&v->lock);
	return 0;
}

/* Write masks of the byte at @off. */
static void vdev_config_masks(const struct vdev *v, u32 off, u8 *rw, u8 *w1c)
{
	u32 i, bar = (off - PCI_BASE_ADDRESS_0) / 8 * 2, shift;

	*rw = *w1c = 0;
	if (off >= PCI_BASE_ADDRESS_0 && off < PCI_BASE_ADDRESS_4) {
		/* Bits below the size are not there: that is how a guest finds the size. */
		shift = (off - PCI_BASE_ADDRESS_0) % 8 * 8;
		*rw = ~(vdev_bar_size(v, bar) - 1) >> shift;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(vdev_config_rows); i++) {
		const struct vdev_config_row *row = &vdev_config_rows[i];

		if (off < row->off || off >= (u32)row->off + row->width)
			continue;
		shift = (off - row->off) * 8;
		*rw = row->rw >> shift;
		*w1c = row->w1c >> shift;
	}
}

/*
 * Losing the right to access memory while it works: the device stops as on an error that needs a
 * reset (series v6).
 */
static void vdev_bus_master_lost(struct vdev *v)
{
	const u64 valid = vdev_defect(SWERR_NOT_VALID) ? 0 : DSA_SWERR0_VALID;
	const u64 err[4] = {valid | SPEC_PREP(DSA_SWERR0_ERROR, DSA_SWERR_PCI_CONFIG)};

	if (vdev_state(v) != DSA_STATE_ENABLED)
		return;
	vdev_set_state(v, DSA_STATE_HALT, DSA_RESET_FLR);
	vdev_latch_error(v, err);
	if (vdev_reg(v, DSA_REG_GENCTRL) & DSA_GENCTRL_HALT_INT)
		vdev_cause(v, DSA_INTCAUSE_HALT);
}

int vdev_config_write(struct vdev *v, u32 off, u32 width, u32 val)
{
	bool was_master, flr, lost;
	u32 i, at;
	u16 msix;

	if (!vdev_config_access_ok(off, width))
		return -EINVAL;
	mutex_lock(&v->lock);
	v->traps.count[VDEV_TRAP_CONFIG_WRITE]++;
	was_master = vdev_bus_master(v);
	msix = vdev_config16(v, VDEV_CAP_MSIX + PCI_MSIX_FLAGS);
	for (i = 0; i < width && off < VDEV_CONFIG_BYTES; i++) {
		u8 rw, w1c, byte = val >> 8 * i;

		vdev_config_masks(v, off + i, &rw, &w1c);
		v->config[off + i] &= ~rw & ~(byte & w1c);
		v->config[off + i] |= byte & rw;
	}
	at = VDEV_CAP_EXP + PCI_EXP_DEVCTL + 1;
	flr = off <= at && off + width > at &&
	      (val >> (at - off) * 8 & PCI_EXP_DEVCTL_BCR_FLR >> 8);
	lost = was_master && !vdev_bus_master(v) && vdev_state(v) == DSA_STATE_ENABLED;
	if (lost)
		vdev_bus_master_lost(v);
	if (vdev_config16(v, VDEV_CAP_MSIX + PCI_MSIX_FLAGS) != msix) {
		msix = vdev_config16(v, VDEV_CAP_MSIX + PCI_MSIX_FLAGS);
		vdev_set_msix_control(v, msix & PCI_MSIX_FLAGS_ENABLE,
				      msix & PCI_MSIX_FLAGS_MASKALL);
	}
	mutex_unlock(&v->lock);
	if (flr) {
		vdev_reset(v);
	} else if (lost) {
		mutex_lock(&v->cmd_lock);
		vdev_stop_queues(v, VDEV_WQ_RESET);
		mutex_unlock(&v->cmd_lock);
	}
	return 0;
}
