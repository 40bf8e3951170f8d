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
	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR)
#define VDEV_MSIX_RW (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

#define VDEV_ATS_CAP		(PCI_ATS_CAP_PAGE_ALIGNED | 1) /* queue depth 1 */
#define VDEV_ATS_INVAL_GLOBAL	0x40			       /* global invalidate supported */
#define VDEV_PRI_CAPACITY	1
#define VDEV_PASID_RW		(PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_PRIV)
#define VDEV_PRI_ERRORS		(PCI_PRI_STATUS_RF | PCI_PRI_STATUS_UPRGI)
#define VDEV_PRI_PASID_REQUIRED 0x8000

/*
 * What may be written. Everything else keeps its value. The extended ones exist only with PASIDs of
 * the guest's own: without them it cannot share address spaces with the device.
 */
struct vdev_config_row {
	u16 off;
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
	{VDEV_ECAP_ATS + PCI_ATS_CTRL, 2, PCI_ATS_CTRL_ENABLE | 0x1f, 0},
	/* Reset reads as zero; what it resets, enabling does too. */
	{VDEV_ECAP_PRI + PCI_PRI_CTRL, 2, PCI_PRI_CTRL_ENABLE, 0},
	{VDEV_ECAP_PRI + PCI_PRI_STATUS, 2, 0, VDEV_PRI_ERRORS},
	{VDEV_ECAP_PRI + PCI_PRI_ALLOC_REQ, 4, ~0u, 0},
	{VDEV_ECAP_PASID + PCI_PASID_CTRL, 2, VDEV_PASID_RW, 0},
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
	/* Without it no kernel enables PASIDs. */
	if (v->cfg.sva)
		vdev_put32(v, VDEV_CAP_EXP + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_EE_PREFIX);
}

static u32 vdev_ecap(u32 id, u32 next)
{
	return id | 1 << 16 | next << 20;
}

/*
 * ATS, PRI and PASID as the tree of 2022 has them. There is no SIOV capability: the guest has no
 * message store.
 */
static void vdev_init_ecaps(struct vdev *v)
{
	/* Of RFC v1: the one before the last pointed nowhere. */
	u32 last = vdev_defect(DVSEC_UNREACHABLE) ? 0 : VDEV_ECAP_PASID;

	vdev_put32(v, VDEV_ECAP_ATS, vdev_ecap(PCI_EXT_CAP_ID_ATS, VDEV_ECAP_PRI));
	vdev_put16(v, VDEV_ECAP_ATS + PCI_ATS_CAP, VDEV_ATS_CAP | VDEV_ATS_INVAL_GLOBAL);
	vdev_put32(v, VDEV_ECAP_PRI, vdev_ecap(PCI_EXT_CAP_ID_PRI, last));
	vdev_put16(v, VDEV_ECAP_PRI + PCI_PRI_STATUS,
		   VDEV_PRI_PASID_REQUIRED | PCI_PRI_STATUS_STOPPED);
	vdev_put32(v, VDEV_ECAP_PRI + PCI_PRI_MAX_REQ, VDEV_PRI_CAPACITY);
	vdev_put32(v, VDEV_ECAP_PASID, vdev_ecap(PCI_EXT_CAP_ID_PASID, 0));
	vdev_put16(v, VDEV_ECAP_PASID + PCI_PASID_CAP, DSA_PCI_PASID_CAP);
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
	if (v->cfg.sva)
		vdev_init_ecaps(v);
}

bool vdev_bus_master(const struct vdev *v)
{
	return vdev_config16(v, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static bool vdev_ats_on(const struct vdev *v)
{
	return vdev_config16(v, VDEV_ECAP_ATS + PCI_ATS_CTRL) & PCI_ATS_CTRL_ENABLE;
}

static bool vdev_pri_on(const struct vdev *v)
{
	return vdev_config16(v, VDEV_ECAP_PRI + PCI_PRI_CTRL) & PCI_PRI_CTRL_ENABLE;
}

bool vdev_pasid_on(const struct vdev *v)
{
	return vdev_config16(v, VDEV_ECAP_PASID + PCI_PASID_CTRL) & PCI_PASID_CTRL_ENABLE;
}

bool vdev_privilege_on(const struct vdev *v)
{
	return vdev_config16(v, VDEV_ECAP_PASID + PCI_PASID_CTRL) & PCI_PASID_CTRL_PRIV;
}

/* Bus master; PASID and PRI together, and not without ATS (tree of 2022); a sane number of
 * requests.
 */
u32 vdev_check_functions(const struct vdev *v)
{
	u32 requests = get_unaligned_le32(v->config + VDEV_ECAP_PRI + PCI_PRI_ALLOC_REQ);

	if (!vdev_bus_master(v))
		return DSA_CMDERR_DEV_BME;
	if (!v->cfg.sva)
		return DSA_CMDERR_SUCCESS;
	if (vdev_pasid_on(v) != vdev_pri_on(v) || (vdev_pasid_on(v) && !vdev_ats_on(v)))
		return DSA_CMDERR_DEV_BME;
	if (vdev_pri_on(v) && (!requests || requests > VDEV_PRI_CAPACITY))
		return DSA_CMDERR_DEV_PRS_ALLOC;
	return DSA_CMDERR_SUCCESS;
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
	/* What lies behind the conventional part needs its capabilities. */
	if (off >= VDEV_ECAP_ATS && !v->cfg.sva)
		return;
	for (i = 0; i < ARRAY_SIZE(vdev_config_rows); i++) {
		const struct vdev_config_row *row = &vdev_config_rows[i];

		if (off < row->off || off >= (u32)row->off + row->width)
			continue;
		shift = (off - row->off) * 8;
		*rw = row->rw >> shift;
		*w1c = row->w1c >> shift;
	}
}

/* What a function may not change while it works, or it stops: specification 5.1. */
struct vdev_functions {
	bool master, ats, pri, pasid;
	u16 msix;
};

static void vdev_get_functions(const struct vdev *v, struct vdev_functions *f)
{
	f->master = vdev_bus_master(v);
	f->ats = vdev_ats_on(v);
	f->pri = vdev_pri_on(v);
	f->pasid = vdev_pasid_on(v);
	f->msix = vdev_config16(v, VDEV_CAP_MSIX + PCI_MSIX_FLAGS);
}

static bool vdev_violates(const struct vdev *v, const struct vdev_functions *was,
			  const struct vdev_functions *now)
{
	if (vdev_state(v) != DSA_STATE_ENABLED && vdev_state(v) != DSA_STATE_DRAINING)
		return false;
	return (was->master && !now->master) || was->ats != now->ats || was->pri != now->pri ||
	       was->pasid != now->pasid;
}

/* The device stops as on an error that needs a reset (series v6). */
static void vdev_config_violation(struct vdev *v)
{
	const u64 valid = vdev_defect(SWERR_NOT_VALID) ? 0 : DSA_SWERR0_VALID;
	const u64 err[4] = {valid | SPEC_PREP(DSA_SWERR0_ERROR, DSA_SWERR_PCI_CONFIG)};

	vdev_set_state(v, DSA_STATE_HALT, DSA_RESET_FLR);
	vdev_latch_error(v, err);
	if (vdev_reg(v, DSA_REG_GENCTRL) & DSA_GENCTRL_HALT_INT)
		vdev_cause(v, DSA_INTCAUSE_HALT);
}

static void vdev_put_config(struct vdev *v, u32 off, u32 width, u32 val)
{
	u32 i;

	for (i = 0; i < width && off + i < VDEV_CONFIG_BYTES; i++) {
		u8 rw, w1c, byte = val >> 8 * i;

		vdev_config_masks(v, off + i, &rw, &w1c);
		v->config[off + i] &= ~rw & ~(byte & w1c);
		v->config[off + i] |= byte & rw;
	}
}

/* Requests stop with the enable bit and start without errors. */
static void vdev_pri_changed(struct vdev *v, bool on)
{
	u16 status = vdev_config16(v, VDEV_ECAP_PRI + PCI_PRI_STATUS);

	if (on)
		status &= ~(PCI_PRI_STATUS_STOPPED | VDEV_PRI_ERRORS);
	else
		status |= PCI_PRI_STATUS_STOPPED;
	vdev_put16(v, VDEV_ECAP_PRI + PCI_PRI_STATUS, status);
}

/* With v->lock held. True: the queues have to be stopped. */
static bool vdev_config_changed(struct vdev *v, const struct vdev_functions *was)
{
	struct vdev_functions now;
	bool violation;

	vdev_get_functions(v, &now);
	violation = vdev_violates(v, was, &now);
	if (violation)
		vdev_config_violation(v);
	if (now.pri != was->pri)
		vdev_pri_changed(v, now.pri);
	if (now.msix != was->msix)
		vdev_set_msix_control(v, now.msix & PCI_MSIX_FLAGS_ENABLE,
				      now.msix & PCI_MSIX_FLAGS_MASKALL);
	return violation;
}

/* Whether a write touches what needs the physical device: it is done whole, or not at all. */
static bool vdev_config_acts(u32 off, u32 width)
{
	u32 devctl = VDEV_CAP_EXP + PCI_EXP_DEVCTL;

	return (off < PCI_COMMAND + 2 && off + width > PCI_COMMAND) ||
	       (off < devctl + 2 && off + width > devctl) || off >= VDEV_ECAP_ATS;
}

static bool vdev_is_flr(u32 off, u32 width, u32 val)
{
	u32 at = VDEV_CAP_EXP + PCI_EXP_DEVCTL + 1;

	return off <= at && off + width > at &&
	       (val >> (at - off) * 8 & PCI_EXP_DEVCTL_BCR_FLR >> 8);
}

int vdev_config_write(struct vdev *v, u32 off, u32 width, u32 val)
{
	bool acts = vdev_config_acts(off, width), stop = false;
	struct vdev_functions was;
	int rc = 0;

	if (!vdev_config_access_ok(off, width))
		return -EINVAL;
	mutex_lock(&v->lock);
	v->traps.count[VDEV_TRAP_CONFIG_WRITE]++;
	mutex_unlock(&v->lock);
	if (acts)
		rc = vdev_begin(v);
	if (rc)
		return rc;
	mutex_lock(&v->lock);
	if (v->left) {
		rc = -EAGAIN;
	} else {
		vdev_get_functions(v, &was);
		vdev_put_config(v, off, width, val);
		stop = vdev_config_changed(v, &was);
	}
	mutex_unlock(&v->lock);
	if (acts && vdev_is_flr(off, width, val))
		vdev_reset_all(v);
	else if (stop)
		vdev_stop_queues(v, VDEV_WQ_RESET);
	if (acts)
		mutex_unlock(&v->cmd_lock);
	return rc;
}

/* ---- saved images ---- */

void vdev_load_config(struct vdev *v, const u8 *saved)
{
	struct vdev_functions was;
	u32 off;

	vdev_get_functions(v, &was);
	for (off = 0; off < VDEV_CONFIG_BYTES; off++) {
		u8 rw, w1c;

		vdev_config_masks(v, off, &rw, &w1c);
		v->config[off] &= ~(rw | w1c);
		v->config[off] |= saved[off] & (rw | w1c);
	}
	if (v->cfg.sva && vdev_pri_on(v))
		vdev_pri_changed(v, true);
	vdev_config_changed(v, &was);
}
