// SPDX-License-Identifier: GPL-2.0
/* The guest's invalidation queue (VT-d 6.5.2): checked descriptor by descriptor, done on the host.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <spec/defects.h>

#include "host-driver/hypervisor/viommu_int.h"

/* What one trap does, in descriptors and operations of the host; the rest is for a worker. */
#define TRAP_MAX 1024
#define SHIFT	 5
#define BYTES	 (1u << SHIFT)

struct desc {
	u64 qw[4];
};

/* Bits that a descriptor of a type may have. Words 2 and 3 are reserved for all. */
static const struct {
	u64 q0, q1;
} allowed[] = {
	[VTD_QI_CTX] = {VTD_QI_Q0_G | VTD_QI_Q0_DID | VTD_QI_CTX_Q0_SID | VTD_QI_CTX_Q0_FM, 0},
	[VTD_QI_IOTLB] = {VTD_QI_Q0_G | VTD_QI_IOTLB_Q0_DW | VTD_QI_IOTLB_Q0_DR | VTD_QI_Q0_DID,
			  VTD_QI_Q1_AM | VTD_QI_Q1_IH | VTD_QI_Q1_ADDR},
	[VTD_QI_DEVTLB] = {VTD_QI_DEV_Q0_PFSID_LO | VTD_QI_DEV_Q0_QDEP | VTD_QI_DEV_Q0_SID |
				   VTD_QI_DEV_Q0_PFSID_HI,
			   VTD_QI_DEV_Q1_S | VTD_QI_Q1_ADDR},
	[VTD_QI_IEC] = {VTD_QI_IEC_Q0_G | VTD_QI_IEC_Q0_IM | VTD_QI_IEC_Q0_IIDX, 0},
	[VTD_QI_WAIT] = {VTD_QI_WAIT_Q0_IF | VTD_QI_WAIT_Q0_SW | VTD_QI_WAIT_Q0_FN |
				 VTD_QI_WAIT_Q0_PD | VTD_QI_WAIT_Q0_DATA,
			 VTD_QI_WAIT_Q1_ADDR},
	[VTD_QI_PIOTLB] = {VTD_QI_Q0_G | VTD_QI_Q0_DID | VTD_QI_Q0_PASID,
			   VTD_QI_Q1_AM | VTD_QI_Q1_IH | VTD_QI_Q1_ADDR},
	[VTD_QI_PASID] = {VTD_QI_Q0_G | VTD_QI_Q0_DID | VTD_QI_Q0_PASID, 0},
	[VTD_QI_PDEVTLB] = {VTD_QI_PDEV_Q0_QDEP | VTD_QI_DEV_Q0_PFSID_LO | VTD_QI_PDEV_Q0_SID |
				    VTD_QI_Q0_PASID | VTD_QI_DEV_Q0_PFSID_HI,
			    VTD_QI_PDEV_Q1_GLOBAL | VTD_QI_PDEV_Q1_S | VTD_QI_Q1_ADDR},
	[VTD_QI_PGRSP] = {VTD_QI_PGRSP_Q0_PP | VTD_QI_PGRSP_Q0_CODE | VTD_QI_PGRSP_Q0_RID |
				  VTD_QI_Q0_PASID,
			  VTD_QI_PGRSP_Q1_LPIG | VTD_QI_PGRSP_Q1_PRGI},
};

/* ---- what each does ---- */

static void context(struct viommu *v, const struct desc *d)
{
	struct viommu_function *f;

	if (SPEC_GET(VTD_QI_Q0_G, d->qw[0]) != VTD_QI_CTX_DEVICE) {
		viommu_sync_all(v);
		return;
	}
	f = viommu_function(v, SPEC_GET(VTD_QI_CTX_Q0_SID, d->qw[0]));
	if (f)
		viommu_sync_function(v, f);
}

/*
 * The PASIDs that a domain of the guest has are many; on the host all of the guest is one domain.
 * So domain and global both become one invalidation there, of all that the guest has on that unit.
 */
static void iotlb(struct viommu *v)
{
	struct viommu_function *f, *before;

	list_for_each_entry (f, &v->functions, node) {
		list_for_each_entry (before, &v->functions, node)
			if (before->domain == f->domain)
				break;
		if (before == f && f->domain)
			iommu_flush_iotlb_all(f->domain);
	}
}

/* Block of an S-type address: its lowest zero bit tells the size. @size 0: everything. */
static u64 block(u64 q1, bool s, u64 *size)
{
	u64 addr = q1 & VTD_QI_Q1_ADDR;
	u32 shift = VTD_PAGE_SHIFT;

	if (s) {
		while (shift < 63 && (addr >> shift & 1))
			shift++;
		shift++;
	}
	*size = shift >= 63 ? 0 : 1ull << shift;
	return *size ? addr & ~(*size - 1) : 0;
}

static void flush_bind(struct viommu_bind *b, u32 what, u64 addr, u64 size)
{
	b->v->steps++;
	if (kernel_has_defect(b->v->vm->cfg.host, DEFECT_GUEST_FLUSH_LOST))
		return;
	iommu_invalidate_guest(b->domain, b->dev, b->p->host, what, addr, size);
}

static void flush_rid(const struct viommu_function *f, u32 what, u64 addr, u64 size)
{
	if (f->rid == VIOMMU_RID_NESTED)
		iommu_invalidate_guest(f->domain, f->dev, f->pasid, what, addr, size);
}

static void pasid_iotlb(struct viommu *v, const struct desc *d)
{
	u32 pasid = SPEC_GET(VTD_QI_Q0_PASID, d->qw[0]), am = SPEC_GET(VTD_QI_Q1_AM, d->qw[1]);
	struct viommu_pasid *p = xa_load(&v->pasids, pasid);
	struct viommu_function *f;
	struct viommu_bind *b;
	u64 addr = 0, size = 0;

	if (SPEC_GET(VTD_QI_Q0_G, d->qw[0]) == VTD_QI_PIOTLB_PAGE && am < 45) {
		size = 1ull << (VTD_PAGE_SHIFT + am);
		addr = d->qw[1] & VTD_QI_Q1_ADDR & ~(size - 1);
	}
	if (!pasid) {
		list_for_each_entry (f, &v->functions, node)
			flush_rid(f, IOMMU_INV_IOTLB, addr, size);
		return;
	}
	mutex_lock(&v->lock);
	if (p)
		list_for_each_entry (b, &p->binds, node)
			flush_bind(b, IOMMU_INV_IOTLB, addr, size);
	mutex_unlock(&v->lock);
}

static void pasid_cache(struct viommu *v, const struct desc *d)
{
	struct viommu_function *f;

	if (SPEC_GET(VTD_QI_Q0_G, d->qw[0]) != VTD_QI_PASID_ONE) {
		viommu_sync_all(v);
		return;
	}
	list_for_each_entry (f, &v->functions, node)
		viommu_sync(v, f, SPEC_GET(VTD_QI_Q0_PASID, d->qw[0]));
}

static void dev_tlb(struct viommu *v, const struct desc *d)
{
	struct viommu_function *f = viommu_function(v, SPEC_GET(VTD_QI_DEV_Q0_SID, d->qw[0]));
	u64 size, addr = block(d->qw[1], d->qw[1] & VTD_QI_DEV_Q1_S, &size);

	if (f)
		flush_rid(f, IOMMU_INV_DEV_TLB, addr, size);
}

static void pasid_dev_tlb(struct viommu *v, const struct desc *d)
{
	struct viommu_function *f = viommu_function(v, SPEC_GET(VTD_QI_PDEV_Q0_SID, d->qw[0]));
	u64 size, addr = block(d->qw[1], d->qw[1] & VTD_QI_PDEV_Q1_S, &size);
	struct viommu_pasid *p;
	struct viommu_bind *b;
	unsigned long guest;

	if (!f)
		return;
	mutex_lock(&v->lock);
	if (d->qw[1] & VTD_QI_PDEV_Q1_GLOBAL) {
		xa_for_each (&v->pasids, guest, p) {
			b = viommu_bind_of(v, f, guest);
			if (b)
				flush_bind(b, IOMMU_INV_DEV_TLB, addr, size);
		}
	} else {
		b = viommu_bind_of(v, f, SPEC_GET(VTD_QI_Q0_PASID, d->qw[0]));
		if (b)
			flush_bind(b, IOMMU_INV_DEV_TLB, addr, size);
	}
	mutex_unlock(&v->lock);
}

/* Page requests on their way to the guest are in its queue before the wait completes. */
static void drain_requests(struct viommu *v)
{
	struct viommu_function *f, *before;

	list_for_each_entry (f, &v->functions, node) {
		list_for_each_entry (before, &v->functions, node)
			if (before->domain && before->dev == f->dev)
				break;
		if (before == f)
			iommu_drain_page_requests(f->dev, f->pasid);
	}
}

static void wait(struct viommu *v, const struct desc *d)
{
	u32 *status = vm_gpa(v->vm, d->qw[1] & VTD_QI_WAIT_Q1_ADDR, 4);

	if (d->qw[0] & VTD_QI_WAIT_Q0_PD)
		drain_requests(v);
	if ((d->qw[0] & VTD_QI_WAIT_Q0_SW) && status)
		WRITE_ONCE(*status, SPEC_GET(VTD_QI_WAIT_Q0_DATA, d->qw[0]));
	if (!(d->qw[0] & VTD_QI_WAIT_Q0_IF) || (viommu_r32(v, VTD_REG_ICS) & VTD_ICS_IWC))
		return;
	viommu_w32(v, VTD_REG_ICS, VTD_ICS_IWC);
	viommu_event(v, VTD_REG_IECTL);
}

/* ---- checks ---- */

static bool granularity_ok(u32 type, u32 g)
{
	switch (type) {
	case VTD_QI_CTX:
	case VTD_QI_IOTLB:
		return g != 0;
	case VTD_QI_PIOTLB:
		return g == VTD_QI_PIOTLB_ALL || g == VTD_QI_PIOTLB_PAGE;
	case VTD_QI_PASID:
		return g != 2;
	default:
		return true;
	}
}

/* 0 or the reason in IQERCD. */
static u32 check(const struct viommu *v, const struct desc *d, u32 *type)
{
	const u64 type_bits = VTD_QI_Q0_TYPE | VTD_QI_Q0_TYPE_HI;
	u32 t = SPEC_GET(VTD_QI_Q0_TYPE, d->qw[0]);

	if (SPEC_GET(VTD_QI_Q0_TYPE_HI, d->qw[0]) || !t || t >= ARRAY_SIZE(allowed) ||
	    (!viommu_scalable(v) && t > VTD_QI_WAIT))
		return VTD_IQEI_TYPE;
	if ((d->qw[0] & ~(allowed[t].q0 | type_bits)) || (d->qw[1] & ~allowed[t].q1) || d->qw[2] ||
	    d->qw[3] || !granularity_ok(t, SPEC_GET(VTD_QI_Q0_G, d->qw[0])))
		return VTD_IQEI_RESERVED;
	*type = t;
	return 0;
}

static u32 execute(struct viommu *v, const struct desc *d)
{
	u32 type, why = check(v, d, &type);

	if (why)
		return why;
	v->steps++;
	v->vm->stats.guest_invalidations++;
	switch (type) {
	case VTD_QI_CTX:
		context(v, d);
		break;
	case VTD_QI_IOTLB:
		iotlb(v);
		break;
	case VTD_QI_DEVTLB:
		dev_tlb(v, d);
		break;
	case VTD_QI_WAIT:
		wait(v, d);
		break;
	case VTD_QI_PIOTLB:
		pasid_iotlb(v, d);
		break;
	case VTD_QI_PASID:
		pasid_cache(v, d);
		break;
	case VTD_QI_PDEVTLB:
		pasid_dev_tlb(v, d);
		break;
	case VTD_QI_PGRSP:
		viommu_response(v, SPEC_GET(VTD_QI_PGRSP_Q0_RID, d->qw[0]),
				SPEC_GET(VTD_QI_Q0_PASID, d->qw[0]),
				SPEC_GET(VTD_QI_PGRSP_Q1_PRGI, d->qw[1]),
				SPEC_GET(VTD_QI_PGRSP_Q0_CODE, d->qw[0]));
		break;
	}
	return 0;
}

/* ---- the queue ---- */

static void stop(struct viommu *v, u32 why)
{
	viommu_w64(v, VTD_REG_IQERCD, SPEC_PREP(VTD_IQERCD_IQEI, why));
	viommu_fsts(v, VTD_FSTS_IQE);
}

static bool runs(const struct viommu *v)
{
	return (v->gsts & VTD_GCMD_QIE) &&
	       !(viommu_r32(v, VTD_REG_FSTS) & (u32)(VTD_FSTS_IQE | VTD_FSTS_ITE));
}

/* One descriptor: 0, or why the queue stops there. *@empty: there is none. */
static u32 step(struct viommu *v, bool *empty)
{
	u64 iqa = viommu_r64(v, VTD_REG_IQA), bytes = PAGE_SIZE << SPEC_GET(VTD_IQA_QS, iqa);
	u32 tail = viommu_r32(v, VTD_REG_IQT), why;
	const void *at;
	struct desc d;

	if (!(iqa & VTD_IQA_DW))
		return VTD_IQEI_WIDTH;
	if (tail & (BYTES - 1))
		return VTD_IQEI_ALIGN;
	if (tail >= bytes)
		return VTD_IQEI_TAIL;
	/* The queue may have become smaller meanwhile. */
	v->iq_head &= bytes - 1;
	*empty = v->iq_head == tail;
	if (*empty)
		return 0;
	at = vm_gpa(v->vm, (iqa & VTD_PAGE_ADDR) + v->iq_head, BYTES);
	if (!at)
		return VTD_IQEI_FETCH;
	memcpy(&d, at, BYTES);
	why = execute(v, &d);
	if (!why)
		v->iq_head = (v->iq_head + BYTES) & (bytes - 1);
	return why;
}

void viommu_queue_run(struct viommu *v)
{
	bool empty = false;
	u32 why;

	mutex_lock(&v->queue_lock);
	v->steps = 0;
	while (runs(v) && !empty) {
		if (v->steps >= TRAP_MAX) {
			schedule_work(&v->queue_work);
			break;
		}
		why = step(v, &empty);
		if (why)
			stop(v, why);
	}
	mutex_unlock(&v->queue_lock);
}

void viommu_queue_work(struct work_struct *work)
{
	viommu_queue_run(container_of(work, struct viommu, queue_work));
}
