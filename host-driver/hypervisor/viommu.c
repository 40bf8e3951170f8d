// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's VT-d unit: a trapped page of registers (VT-d 5.10, chapter 11), in caching mode so
 * that its driver tells of every table entry it makes. First stage only: what is nested below it is
 * the host's. Interrupts are not remapped.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "host-driver/hypervisor/viommu_int.h"
#include "host-driver/kapi/dmar.h"

#define VIOMMU_BASE  0xfed90000ull /* where firmware puts it on a PC */
#define VIOMMU_BYTES 0x1000u
#define VIOMMU_VER   0x60u /* major version 6: no register-based invalidation */

#define CAP                                                                                        \
	(SPEC_PREP(VTD_CAP_ND, 6) | VTD_CAP_CM | VTD_CAP_SAGAW_48 | SPEC_PREP(VTD_CAP_MGAW, 47) |  \
	 SPEC_PREP(VTD_CAP_FRO, VIOMMU_FRCD / 16) | VTD_CAP_PSI |                                  \
	 SPEC_PREP(VTD_CAP_NFR, VIOMMU_RECORDS - 1) | SPEC_PREP(VTD_CAP_MAMV, 0x3f) |              \
	 VTD_CAP_DWD | VTD_CAP_DRD | VTD_CAP_FS1GP)
#define ECAP                                                                                       \
	(VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_PT | VTD_ECAP_PRS | VTD_ECAP_SRS |      \
	 SPEC_PREP(VTD_ECAP_PSS, 19) | VTD_ECAP_PASID | VTD_ECAP_PDS | VTD_ECAP_SMTS |             \
	 VTD_ECAP_FSTS | SPEC_PREP(VTD_ECAP_IRO, 0x10))

/* ---- events ---- */

/* Control, data, address and upper address lie in a row for all three. */
void viommu_event(struct viommu *v, u32 ctl)
{
	u32 val = viommu_r32(v, ctl);

	if (val & VTD_ECTL_IM) {
		viommu_w32(v, ctl, val | VTD_ECTL_IP);
		return;
	}
	viommu_w32(v, ctl, val & ~VTD_ECTL_IP);
	vm_message(v->vm, (u64)viommu_r32(v, ctl + 12) << 32 | viommu_r32(v, ctl + 8),
		   viommu_r32(v, ctl + 4));
}

static void write_control(struct viommu *v, u32 off, u32 val)
{
	u32 old = viommu_r32(v, off);

	viommu_w32(v, off, (val & VTD_ECTL_IM) | (old & VTD_ECTL_IP));
	if (!(val & VTD_ECTL_IM) && (old & VTD_ECTL_IP))
		viommu_event(v, off);
}

void viommu_fsts(struct viommu *v, u32 bits)
{
	const u32 any = VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE;
	u32 old = viommu_r32(v, VTD_REG_FSTS);

	viommu_w32(v, VTD_REG_FSTS, old | bits);
	if (!(old & any))
		viommu_event(v, VTD_REG_FECTL);
}

/* Section 7.2.1: a record in use ends recording until software cleared the overflow. */
void viommu_record(struct viommu *v, u8 reason, u16 sid, s64 pasid, u64 addr, u32 perm)
{
	u32 off = VIOMMU_FRCD + v->next_record * 16, fsts = viommu_r32(v, VTD_REG_FSTS);
	u64 q1;

	if (fsts & VTD_FSTS_PFO)
		return;
	if (viommu_r64(v, off + 8) & VTD_FRCD_Q1_F) {
		viommu_fsts(v, VTD_FSTS_PFO);
		return;
	}
	q1 = VTD_FRCD_Q1_F | SPEC_PREP(VTD_FRCD_Q1_SID, sid) | SPEC_PREP(VTD_FRCD_Q1_FR, reason);
	if (pasid >= 0)
		q1 |= VTD_FRCD_Q1_PP | SPEC_PREP(VTD_FRCD_Q1_PASID, pasid);
	if (perm & IOMMU_FAULT_PERM_READ)
		q1 |= VTD_FRCD_Q1_T1;
	if (perm & IOMMU_FAULT_PERM_PRIV)
		q1 |= VTD_FRCD_Q1_PRIV;
	viommu_w64(v, off, addr & VTD_FRCD_Q0_FI);
	viommu_w64(v, off + 8, q1);
	if (!(fsts & VTD_FSTS_PPF))
		viommu_w32(v, VTD_REG_FSTS, SPEC_SET(VTD_FSTS_FRI, fsts, v->next_record));
	v->next_record = (v->next_record + 1) % VIOMMU_RECORDS;
	v->vm->stats.faults++;
	viommu_fsts(v, VTD_FSTS_PPF);
}

static void clear_record(struct viommu *v, u32 off)
{
	u32 i;

	v->reg[off / 4] &= ~(1u << 31);
	for (i = 0; i < VIOMMU_RECORDS; i++)
		if (v->reg[(VIOMMU_FRCD + i * 16 + 12) / 4] >> 31)
			return;
	viommu_w32(v, VTD_REG_FSTS, viommu_r32(v, VTD_REG_FSTS) & ~(u32)VTD_FSTS_PPF);
}

/* ---- registers ---- */

static void queue_switch(struct viommu *v, bool on)
{
	if (on == !!(v->gsts & VTD_GCMD_QIE))
		return;
	v->gsts ^= (u32)VTD_GCMD_QIE;
	v->iq_head = 0;
}

/* Each command is done when the write returns. */
static void write_gcmd(struct viommu *v, u32 val)
{
	bool on = val & VTD_GCMD_TE, was = viommu_on(v), root = val & VTD_GCMD_SRTP;

	mutex_lock(&v->queue_lock);
	if (root) {
		v->root = viommu_r64(v, VTD_REG_RTADDR);
		v->gsts |= VTD_GCMD_SRTP;
	}
	queue_switch(v, val & VTD_GCMD_QIE);
	v->gsts = (v->gsts & ~(u32)VTD_GCMD_TE) | (on ? (u32)VTD_GCMD_TE : 0);
	/* A new root table only counts after the guest invalidated what was cached of the old. */
	if (on != was)
		viommu_sync_all(v);
	mutex_unlock(&v->queue_lock);
	/* What was queued before it was switched on. */
	viommu_queue_run(v);
}

struct reg_mask {
	u16 off;
	u32 rw;
};

/* Those that only remember what was written, 32 bits each. */
static const struct reg_mask stored[] = {
	{VTD_REG_RTADDR, 0xfffffc00}, {VTD_REG_RTADDR + 4, ~0u},    {VTD_REG_FEDATA, ~0u},
	{VTD_REG_FEADDR, 0xfffffffc}, {VTD_REG_FEUADDR, ~0u},	    {VTD_REG_IQT, 0x7fff0},
	{VTD_REG_IQA, 0xfffff807},    {VTD_REG_IQA + 4, ~0u},	    {VTD_REG_IEDATA, ~0u},
	{VTD_REG_IEADDR, 0xfffffffc}, {VTD_REG_IEUADDR, ~0u},	    {VTD_REG_PQH, 0x7ffe0},
	{VTD_REG_PQT, 0x7ffe0},	      {VTD_REG_PQA, 0xfffff007},    {VTD_REG_PQA + 4, ~0u},
	{VTD_REG_PEDATA, ~0u},	      {VTD_REG_PEADDR, 0xfffffffc}, {VTD_REG_PEUADDR, ~0u},
};

static void write_stored(struct viommu *v, u32 off, u32 val)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(stored); i++)
		if (stored[i].off == off)
			viommu_w32(v, off, val & stored[i].rw);
}

static void write_reg(struct viommu *v, u32 off, u32 val)
{
	u32 old = off < VIOMMU_REG_BYTES ? viommu_r32(v, off) : 0;

	switch (off) {
	case VTD_REG_GCMD:
		write_gcmd(v, val);
		break;
	case VTD_REG_FSTS:
		viommu_w32(v, off,
			   old & ~(val & (u32)(VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE |
					       VTD_FSTS_ITE)));
		/* The descriptor that stopped it was mended. */
		if (old & val & VTD_FSTS_IQE)
			viommu_queue_run(v);
		break;
	case VTD_REG_ICS:
		viommu_w32(v, off, old & ~(val & (u32)VTD_ICS_IWC));
		break;
	case VTD_REG_PRS:
		viommu_w32(v, off, old & ~(val & (u32)(VTD_PRS_PPR | VTD_PRS_PRO)));
		break;
	case VTD_REG_FECTL:
	case VTD_REG_IECTL:
	case VTD_REG_PECTL:
		write_control(v, off, val);
		break;
	case VTD_REG_IQT:
		write_stored(v, off, val);
		viommu_queue_run(v);
		break;
	default:
		if (off >= VIOMMU_FRCD && off < VIOMMU_REG_BYTES) {
			if (off % 16 == 12 && val >> 31)
				clear_record(v, off);
		} else {
			write_stored(v, off, val);
		}
	}
}

static u32 read_reg(struct viommu *v, u32 off)
{
	switch (off) {
	case VTD_REG_VER:
		return VIOMMU_VER;
	case VTD_REG_CAP:
		return lower_32_bits(CAP);
	case VTD_REG_CAP + 4:
		return upper_32_bits(CAP);
	case VTD_REG_ECAP:
		return lower_32_bits(ECAP);
	case VTD_REG_ECAP + 4:
		return upper_32_bits(ECAP);
	case VTD_REG_GSTS:
		return v->gsts;
	case VTD_REG_IQH:
		return v->iq_head;
	default:
		return off < VIOMMU_REG_BYTES ? viommu_r32(v, off) : 0;
	}
}

/* Accesses of other sizes read nothing and do nothing (11.2: double words and quad words). */
static u64 mmio_read(void *ctx, u32 bar, u64 off, u32 width)
{
	struct viommu *v = ctx;

	v->vm->stats.iommu_exits++;
	if (width == 4)
		return read_reg(v, off);
	return width == 8 ? (u64)read_reg(v, off + 4) << 32 | read_reg(v, off) : 0;
}

static void mmio_write(void *ctx, u32 bar, u64 off, u32 width, u64 val)
{
	struct viommu *v = ctx;

	v->vm->stats.iommu_exits++;
	if (width == 8)
		write_reg(v, off + 4, upper_32_bits(val));
	if (width == 4 || width == 8)
		write_reg(v, off, lower_32_bits(val));
}

static const struct vm_device_ops page_ops = {.mmio_read = mmio_read, .mmio_write = mmio_write};

/* ---- life ---- */

int viommu_new(struct vm *vm)
{
	struct kernel_dmar_unit unit = {.mmio = VIOMMU_BASE, .bytes = VIOMMU_BYTES, .all = true};
	struct viommu *v = kzalloc(sizeof(*v), GFP_KERNEL);
	int rc;

	if (!v)
		return -ENOMEM;
	v->vm = vm;
	v->page.vm = vm;
	v->page.ops = &page_ops;
	v->page.ctx = v;
	mutex_init(&v->queue_lock);
	mutex_init(&v->lock);
	INIT_WORK(&v->queue_work, viommu_queue_work);
	INIT_DELAYED_WORK(&v->patience, viommu_patience_work);
	INIT_LIST_HEAD(&v->functions);
	INIT_LIST_HEAD(&v->unused);
	xa_init(&v->pasids);
	viommu_w32(v, VTD_REG_FECTL, VTD_ECTL_IM);
	viommu_w32(v, VTD_REG_IECTL, VTD_ECTL_IM);
	viommu_w32(v, VTD_REG_PECTL, VTD_ECTL_IM);
	rc = vm_map_trapped(&v->page, VIOMMU_BASE, VIOMMU_BYTES, 0, 0);
	if (!rc)
		rc = kernel_dmar_add(vm->guest, &unit);
	if (rc) {
		vm_unmap(&v->page);
		kfree(v);
		return rc;
	}
	vm->viommu = v;
	return 0;
}

void viommu_free(struct vm *vm)
{
	struct viommu *v = vm->viommu;

	if (!v)
		return;
	WARN_ON(!list_empty(&v->functions));
	cancel_work_sync(&v->queue_work);
	cancel_delayed_work_sync(&v->patience);
	vm_unmap(&v->page);
	viommu_release_pasids(v);
	xa_destroy(&v->pasids);
	kfree(v);
	vm->viommu = NULL;
}

int vm_viommu_add(struct vm_device *in_vm, struct device *dev, u32 pasid)
{
	struct viommu *v = in_vm->vm->viommu;
	struct viommu_function *f, *other;
	u32 used = 0;
	int rc = 0;

	if (!v)
		return 0;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->v = v;
	f->in_vm = in_vm;
	f->sid = in_vm->devfn;
	f->dev = dev;
	f->domain = vm_domain_of(in_vm->vm, dev);
	f->pasid = pasid;
	f->rid = VIOMMU_RID_SECOND;
	mutex_lock(&v->queue_lock);
	list_for_each_entry (other, &v->functions, node) {
		rc = other->in_vm == in_vm ? -EEXIST : rc;
		used |= 1u << other->index;
	}
	rc = rc ? rc : !~used ? -ENOSPC : 0;
	if (!rc) {
		f->index = ffz(used);
		list_add_tail(&f->node, &v->functions);
		viommu_sync_function(v, f);
	}
	mutex_unlock(&v->queue_lock);
	if (rc)
		kfree(f);
	return rc;
}

void vm_viommu_remove(struct vm_device *in_vm)
{
	struct viommu *v = in_vm->vm->viommu;
	struct viommu_function *f, *next;

	if (!v)
		return;
	mutex_lock(&v->queue_lock);
	list_for_each_entry_safe (f, next, &v->functions, node)
		if (f->in_vm == in_vm) {
			viommu_release_function(v, f);
			list_del(&f->node);
			kfree(f);
		}
	mutex_unlock(&v->queue_lock);
}

void viommu_abandon(struct vm *vm, struct device *dev, u32 pasid)
{
	struct viommu *v = vm->viommu;
	struct viommu_function *f;

	if (!v)
		return;
	mutex_lock(&v->queue_lock);
	list_for_each_entry (f, &v->functions, node)
		if (f->domain && f->dev == dev && f->pasid == pasid)
			viommu_abandon_function(v, f);
	mutex_unlock(&v->queue_lock);
}

int vm_pasid_lookup(struct vm *vm, u32 guest, u32 *host)
{
	if (!vm_pasid_translate(vm, guest, host))
		return 0;
	return vm->viommu ? viommu_lookup(vm->viommu, guest, host) : -ENOENT;
}

int vm_pasid_guest(struct vm *vm, u32 host, u32 *guest)
{
	struct viommu_pasid *p;
	unsigned long i;

	if (vm->viommu)
		xa_for_each (&vm->viommu->pasids, i, p)
			if (p->host == host && !list_empty(&p->binds)) {
				*guest = i;
				return 0;
			}
	return -ENOENT;
}

int vm_pasid_next(struct vm *vm, u32 *guest, u32 *host)
{
	struct viommu_pasid *p;
	unsigned long i;

	if (vm->viommu)
		xa_for_each_start(&vm->viommu->pasids, i, p, *guest) if (!list_empty(&p->binds))
		{
			*guest = i;
			*host = p->host;
			return 0;
		}
	return -ENOENT;
}
