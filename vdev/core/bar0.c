// SPDX-License-Identifier: GPL-2.0
/* Virtual BAR0: the register image that a guest reads, and the few registers whose writes act. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>
#include "defect.h"
#include "vdev_priv.h"

/* ---- the image ---- */

/* Of the physical capabilities, those that work the same from inside a guest (series v6). */
static u64 vdev_gencap(const struct vdev *v)
{
	u64 inherited = DSA_GENCAP_OVERLAP_COPY | DSA_GENCAP_CACHE_CONTROL |
			DSA_GENCAP_CACHE_FLUSH_CONTROL | DSA_GENCAP_DST_READBACK |
			DSA_GENCAP_DRAIN_READBACK | DSA_GENCAP_MAX_XFER_SHIFT |
			DSA_GENCAP_MAX_BATCH_SHIFT;

	/* Page faults of its processes are the guest's own affair, with PASIDs of its own only. */
	if (v->cfg.sva)
		inherited |= DSA_GENCAP_BLOCK_ON_FAULT;
	/* Fixed configuration, no message store; commands beyond 12 are there. */
	return (v->facts.gencap & inherited) | DSA_GENCAP_CMD_CAP;
}

/* Code 15 was "revoked handles processed" in revision 1 and is another command since revision 2. */
static u64 vdev_cmdcap(const struct vdev *v)
{
	return VDEV_CMDCAP |
	       (v->facts.version < DSA_VERSION_2 ? SPEC_BIT(DSA_CMD_REVOKED_PROCESSED) : 0);
}

static u64 vdev_wqcap(const struct vdev *v)
{
	u64 wqcap = SPEC_PREP(DSA_WQCAP_NUM_WQS, v->nr_wqs);
	u32 i, entries = 0;

	for (i = 0; i < v->nr_wqs; i++) {
		entries += v->wq[i].facts.size;
		wqcap |=
			v->wq[i].facts.dedicated ? DSA_WQCAP_DEDICATED_MODE : DSA_WQCAP_SHARED_MODE;
	}
	return wqcap | SPEC_PREP(DSA_WQCAP_TOTAL_SIZE, entries);
}

static void vdev_init_capabilities(struct vdev *v)
{
	u32 i, engines = 0;

	for (i = 0; i < v->nr_groups; i++)
		engines += v->group[i].engines;
	vdev_set_reg(v, DSA_REG_VERSION, v->facts.version);
	vdev_set_reg64(v, DSA_REG_GENCAP, vdev_gencap(v));
	vdev_set_reg64(v, DSA_REG_WQCAP, vdev_wqcap(v));
	vdev_set_reg64(v, DSA_REG_GRPCAP,
		       SPEC_PREP(DSA_GRPCAP_NUM_GROUPS, v->nr_groups) |
			       (v->facts.grpcap & DSA_GRPCAP_READ_BUFFERS));
	vdev_set_reg64(v, DSA_REG_ENGCAP, SPEC_PREP(DSA_ENGCAP_NUM_ENGINES, engines));
	for (i = 0; i < ARRAY_SIZE(v->facts.opcap); i++)
		vdev_set_reg(v, DSA_REG_OPCAP + 4 * i, v->facts.opcap[i]);
	vdev_set_reg64(v, DSA_REG_OFFSETS,
		       SPEC_PREP(DSA_OFFSETS0_GRPCFG, VDEV_GRPCFG / DSA_OFFSET_UNIT) |
			       SPEC_PREP(DSA_OFFSETS0_WQCFG, VDEV_WQCFG / DSA_OFFSET_UNIT) |
			       SPEC_PREP(DSA_OFFSETS0_MSIXPERM, VDEV_MSIXPERM / DSA_OFFSET_UNIT));
	vdev_set_reg64(v, DSA_REG_CMDCAP, vdev_cmdcap(v));
	if (v->facts.version >= DSA_VERSION_3)
		for (i = 0; i < ARRAY_SIZE(v->facts.dsacap); i++)
			vdev_set_reg64(v, DSA_REG_DSACAP0 + 8 * i, v->facts.dsacap[i]);
}

/* The physical groups of its queues, with their engines, numbered anew. */
static void vdev_init_groups(struct vdev *v)
{
	u32 g, i, engines, first = 0;
	u64 queues;

	for (g = 0; g < v->nr_groups; g++) {
		u32 at = VDEV_GRPCFG + g * DSA_GRPCFG_STRIDE;

		queues = 0;
		for (i = 0; i < v->nr_wqs; i++)
			if (v->wq[i].group == g)
				queues |= SPEC_BIT(i);
		engines = v->group[g].engines;
		vdev_set_reg64(v, at + DSA_GRPCFG_WQS, queues);
		vdev_set_reg64(v, at + DSA_GRPCFG_ENGINES, (SPEC_BIT(engines) - 1) << first);
		first += engines;
	}
}

void vdev_init_mode(struct vdev *v, u32 wq)
{
	const struct vdev_wq_facts *f = &v->wq[wq].facts;
	u32 mode = SPEC_PREP(DSA_WQCFG2_PRIORITY, f->priority);

	if (f->dedicated)
		mode |= DSA_WQCFG2_DEDICATED;
	if (v->cfg.sva && f->block_on_fault)
		mode |= DSA_WQCFG2_BOF;
	vdev_set_reg(v, vdev_wqcfg(wq, DSA_WQCFG_DW_MODE), mode);
}

static void vdev_init_queues(struct vdev *v)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++) {
		const struct vdev_wq_facts *f = &v->wq[i].facts;

		vdev_set_reg(v, vdev_wqcfg(i, DSA_WQCFG_DW_SIZE),
			     SPEC_PREP(DSA_WQCFG0_SIZE, f->size));
		vdev_set_reg(v, vdev_wqcfg(i, DSA_WQCFG_DW_THRESHOLD),
			     SPEC_PREP(DSA_WQCFG1_THRESHOLD, f->threshold));
		vdev_init_mode(v, i);
		vdev_set_reg(v, vdev_wqcfg(i, DSA_WQCFG_DW_LIMITS),
			     SPEC_PREP(DSA_WQCFG3_MAX_XFER_SHIFT, ilog2(f->max_xfer)) |
				     SPEC_PREP(DSA_WQCFG3_MAX_BATCH_SHIFT, ilog2(f->max_batch)));
		if (v->cfg.sva)
			vdev_set_reg(v, vdev_wqcfg(i, DSA_WQCFG_DW_STATUS),
				     DSA_WQCFG6_MODE_SUPPORT);
	}
}

void vdev_init_registers(struct vdev *v)
{
	/* The MSI-X table has a life of its own. */
	memset(v->bar0, 0, VDEV_MSIX);
	vdev_init_capabilities(v);
	vdev_init_groups(v);
	vdev_init_queues(v);
}

void vdev_reset_registers(struct vdev *v)
{
	u32 cmd = vdev_reg(v, DSA_REG_CMD), status = vdev_reg(v, DSA_REG_CMDSTS);
	u8 error[8 * DSA_SWERROR_QWORDS];

	memcpy(error, v->bar0 + DSA_REG_SWERROR, sizeof(error));
	vdev_init_registers(v);
	vdev_set_reg(v, DSA_REG_CMD, cmd);
	vdev_set_reg(v, DSA_REG_CMDSTS, status);
	memcpy(v->bar0 + DSA_REG_SWERROR, error, sizeof(error));
	vdev_drop_pending(v);
}

/* ---- state ---- */

void vdev_set_state(struct vdev *v, u32 state, u32 reset_type)
{
	vdev_set_reg(v, DSA_REG_GENSTS,
		     SPEC_PREP(DSA_GENSTS_STATE, state) |
			     SPEC_PREP(DSA_GENSTS_RESET_TYPE, reset_type));
}

void vdev_set_wq_state(struct vdev *v, u32 wq, u32 state)
{
	u32 at = vdev_wqcfg(wq, DSA_WQCFG_DW_STATUS);

	vdev_set_reg(v, at, SPEC_SET(DSA_WQCFG6_STATE, vdev_reg(v, at), state));
}

void vdev_cause(struct vdev *v, u32 causes)
{
	vdev_set_reg(v, DSA_REG_INTCAUSE, vdev_reg(v, DSA_REG_INTCAUSE) | causes);
	vdev_raise(v, 0);
}

void vdev_latch_error(struct vdev *v, const u64 err[4])
{
	u32 i, first = vdev_reg(v, DSA_REG_SWERROR);

	/* Until the guest took the first one, others only leave a mark. */
	if (first & DSA_SWERR0_VALID) {
		vdev_set_reg(v, DSA_REG_SWERROR, first | DSA_SWERR0_OVERFLOW);
		return;
	}
	for (i = 0; i < DSA_SWERROR_QWORDS; i++)
		vdev_set_reg64(v, DSA_REG_SWERROR + 8 * i, err[i]);
	if (vdev_reg(v, DSA_REG_GENCTRL) & DSA_GENCTRL_SWERROR_INT)
		vdev_cause(v, DSA_INTCAUSE_SWERROR);
}

/* ---- accesses ---- */

/* Registers that take writes; all others, capabilities and tables among them, ignore them. */
struct vdev_reg_row {
	u32 off;
	u32 rw;
	u32 w1c;
	bool while_disabled;
};

static const struct vdev_reg_row vdev_reg_rows[] = {
	{DSA_REG_GENCFG, DSA_GENCFG_RDBUF_LIMIT | DSA_GENCFG_USER_INT, 0, true},
	{DSA_REG_GENCTRL, DSA_GENCTRL_SWERROR_INT | DSA_GENCTRL_HALT_INT, 0, false},
	{DSA_REG_INTCAUSE, 0, ~0u, false},
	{DSA_REG_SWERROR, 0, DSA_SWERR0_VALID | DSA_SWERR0_OVERFLOW, false},
};

static void vdev_write_masked(struct vdev *v, u32 off, u32 val, u32 rw, u32 w1c)
{
	u32 old = vdev_reg(v, off);

	vdev_set_reg(v, off, ((old & ~rw) | (val & rw)) & ~(val & w1c));
}

void vdev_write_perm(struct vdev *v, u32 off, u32 val, u32 mask)
{
	u32 rw = DSA_MSIXPERM_IGNORE | DSA_MSIXPERM_PASID_EN | DSA_MSIXPERM_PASID;

	if (vdev_defect(PERM_RESERVED))
		rw = ~0u;
	if (!(off % DSA_MSIXPERM_STRIDE))
		vdev_write_masked(v, off, val, mask & rw, 0);
}

/* Mode, PASID and privilege of a queue: the guest's with PASIDs of its own (tree of 2022). */
static bool vdev_write_mode(struct vdev *v, u32 off, u32 val, u32 mask)
{
	u32 wq = (off - VDEV_WQCFG) / VDEV_WQCFG_STRIDE;

	if (!v->cfg.sva || off < VDEV_WQCFG || wq >= v->nr_wqs ||
	    off != vdev_wqcfg(wq, DSA_WQCFG_DW_MODE))
		return false;
	if (SPEC_GET(DSA_WQCFG6_STATE, vdev_reg(v, vdev_wqcfg(wq, DSA_WQCFG_DW_STATUS))) ==
	    DSA_WQ_STATE_DISABLED)
		vdev_write_masked(v, off, val,
				  mask & (DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID |
					  DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PRIV),
				  0);
	return true;
}

static bool vdev_is_perm(const struct vdev *v, u32 off)
{
	return off >= VDEV_MSIXPERM && off < vdev_perm(v->nr_vectors);
}

/* A dword of which the bytes in @mask are written. */
static void vdev_write_dword(struct vdev *v, u32 off, u32 val, u32 mask)
{
	u32 i;

	if (off >= VDEV_MSIX && off < vdev_table_end(v)) {
		vdev_write_msix(v, off, val, mask);
		return;
	}
	if (vdev_is_perm(v, off)) {
		vdev_write_perm(v, off, val, mask);
		return;
	}
	if (vdev_write_mode(v, off, val, mask))
		return;
	for (i = 0; i < ARRAY_SIZE(vdev_reg_rows); i++) {
		const struct vdev_reg_row *row = &vdev_reg_rows[i];

		if (row->off != off)
			continue;
		if (!row->while_disabled || vdev_state(v) == DSA_STATE_DISABLED)
			vdev_write_masked(v, off, val, row->rw & mask, row->w1c & mask);
	}
}

void vdev_write_registers(struct vdev *v, u32 off, u32 width, u64 val)
{
	u32 at = off & ~3u, shift = (off & 3) * 8;

	if (width == 8) {
		vdev_write_dword(v, at, val, ~0u);
		vdev_write_dword(v, at + 4, val >> 32, ~0u);
	} else {
		vdev_write_dword(v, at, (u32)val << shift,
				 (u32)(~0ULL >> (64 - 8 * width)) << shift);
	}
}

static bool vdev_mmio_access_ok(u64 off, u32 width)
{
	return (width == 1 || width == 2 || width == 4 || width == 8) && !(off & (width - 1)) &&
	       off < VDEV_BAR0_SIZE;
}

static enum vdev_trap vdev_mmio_class(u32 off, enum vdev_trap other)
{
	if (off >= VDEV_MSIX || (off >= VDEV_MSIXPERM && off < VDEV_GRPCFG))
		return VDEV_TRAP_MSIX;
	return other;
}

int vdev_mmio_read(struct vdev *v, u64 off, u32 width, u64 *val)
{
	*val = ~0ULL;
	if (!vdev_mmio_access_ok(off, width))
		return -EINVAL;
	mutex_lock(&v->lock);
	v->traps.count[vdev_mmio_class(off, VDEV_TRAP_REG_READ)]++;
	*val = 0;
	memcpy(val, v->bar0 + off, width);
	mutex_unlock(&v->lock);
	return 0;
}

/* Who may fire a vector is a matter of its slot, so the physical device has to be told. */
static int vdev_write_permission(struct vdev *v, u32 off, u32 width, u64 val)
{
	int rc = vdev_begin(v);

	if (rc)
		return rc;
	mutex_lock(&v->lock);
	vdev_write_registers(v, off, width, val);
	mutex_unlock(&v->lock);
	if (off >= vdev_perm(1))
		vdev_tag_slot(v, (off - VDEV_MSIXPERM) / DSA_MSIXPERM_STRIDE);
	mutex_unlock(&v->cmd_lock);
	return 0;
}

int vdev_mmio_write(struct vdev *v, u64 off, u32 width, u64 val)
{
	bool command, permission;
	int rc = 0;

	if (!vdev_mmio_access_ok(off, width))
		return -EINVAL;
	command = (off & ~3u) == DSA_REG_CMD;
	permission = v->cfg.sva && vdev_is_perm(v, off);
	mutex_lock(&v->lock);
	v->traps.count[command ? VDEV_TRAP_COMMAND : vdev_mmio_class(off, VDEV_TRAP_REG_WRITE)]++;
	if (v->left)
		rc = -EAGAIN;
	else if (!command && !permission)
		vdev_write_registers(v, off, width, val);
	mutex_unlock(&v->lock);
	if (rc)
		return rc;
	if (permission)
		return vdev_write_permission(v, off, width, val);
	if (!command)
		return 0;
	/* In one piece, or not at all. */
	if (width != 4)
		return -EINVAL;
	return vdev_command(v, val);
}
