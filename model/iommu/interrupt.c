// SPDX-License-Identifier: GPL-2.0
/* Interrupt remapping and posting (section 5.1, 5.2). */
#include "model/iommu/iommu_int.h"

#include <string.h>

/* A message on its way. */
struct msg {
	struct iommu *u;
	u64 now, addr;
	u32 data, index;
	u16 sid;
	bool fpd;
	u64 ps; /* time taken so far */
};

static void block(struct msg *m, struct iommu_irq *out, u8 reason)
{
	out->kind = IOMMU_IRQ_BLOCKED;
	out->fault = reason;
	m->u->count.interrupts_blocked++;
	record_fault(m->u, &(struct fault_info){
				   .addr = (u64)(m->index & 0xffff) << 48,
				   .pasid = IOMMU_NO_PASID,
				   .sid = m->sid,
				   .reason = reason,
				   .fpd = m->fpd,
			   });
}

/* Compatibility format: the message says it all (section 5.1.2.1). */
static void direct(const struct msg *m, struct iommu_irq *out)
{
	out->kind = IOMMU_IRQ_DIRECT;
	out->vector = (u8)SPEC_GET(VTD_MSI_DATA_VECTOR, m->data);
	out->delivery_mode = (u8)SPEC_GET(VTD_MSI_DATA_DLM, m->data);
	out->level = m->data & VTD_MSI_DATA_TM;
	out->logical = m->addr & VTD_MSI_DM;
	out->redirect_hint = m->addr & VTD_MSI_RH;
	out->dest = (u32)SPEC_GET(VTD_MSI_DEST, m->addr);
}

/* Entries are cached once present, in one piece. Returns 0 or the fault reason. */
static u8 fetch_entry(struct msg *m, u64 *e)
{
	struct iommu *u = m->u;
	u64 pa = (u->irta & VTD_PAGE_ADDR) + (u64)m->index * VTD_IRTE_BYTES;
	u32 slot;

	u->count.irte_lookups++;
	slot = tcache_find(&u->irte_tags, m->index, 1);
	if (slot != TCACHE_NONE) {
		u->count.irte_hits++;
		memcpy(e, u->irte[slot], VTD_IRTE_BYTES);
		return 0;
	}
	if (!table_readable(u, pa, VTD_IRTE_BYTES))
		return VTD_FR_IR_ACC;
	memcpy(e, mem_ptr(u->mem, pa), VTD_IRTE_BYTES);
	m->ps += table_read_ps(u, pa);
	if (e[0] & VTD_IRTE_Q0_P)
		memcpy(u->irte[tcache_put(&u->irte_tags, m->index, 1)], e, VTD_IRTE_BYTES);
	return 0;
}

/* Source validation: none, the requester by SQ, or a range of buses. */
static bool source_ok(const struct msg *m, u64 e1)
{
	static const u16 ignored[4] = {0, 4, 6, 7};
	u16 sid = (u16)SPEC_GET(VTD_IRTE_Q1_SID, e1);

	switch (SPEC_GET(VTD_IRTE_Q1_SVT, e1)) {
	case VTD_SVT_NONE:
		return true;
	case VTD_SVT_SID:
		return !((sid ^ m->sid) & ~ignored[SPEC_GET(VTD_IRTE_Q1_SQ, e1)] & 0xffff);
	case VTD_SVT_BUS:
		return m->sid >> 8 >= sid >> 8 && m->sid >> 8 <= (sid & 0xff);
	default:
		return false;
	}
}

static bool entry_reserved(const struct iommu *u, const u64 *e)
{
	u64 r0, r1 = SPEC_FIELD(63, 20);

	if (SPEC_GET(VTD_IRTE_Q1_SVT, e[1]) == 3)
		return true;
	if (e[0] & VTD_IRTE_Q0_IM) {
		if (!(u->cfg.cap & VTD_CAP_PI))
			return true;
		r0 = SPEC_FIELD(7, 2) | SPEC_FIELD(13, 12) | SPEC_FIELD(37, 24);
		r1 = SPEC_FIELD(31, 20);
	} else {
		r0 = SPEC_FIELD(15, 12) | SPEC_FIELD(31, 24);
		if (!(u->irta & VTD_IRTA_EIME))
			r0 |= VTD_IRTE_Q0_DEST & ~VTD_IRTE_Q0_DEST_XAPIC;
	}
	return e[0] & r0 || e[1] & r1;
}

static u32 dest_id(const struct iommu *u, u64 q, u64 wide, u64 xapic)
{
	return (u32)(u->irta & VTD_IRTA_EIME ? SPEC_GET(wide, q) : SPEC_GET(xapic, q));
}

static void remap(const struct msg *m, const u64 *e, struct iommu_irq *out)
{
	out->kind = IOMMU_IRQ_REMAPPED;
	out->vector = (u8)SPEC_GET(VTD_IRTE_Q0_VECTOR, e[0]);
	out->delivery_mode = (u8)SPEC_GET(VTD_IRTE_Q0_DLM, e[0]);
	out->level = e[0] & VTD_IRTE_Q0_TM;
	out->logical = e[0] & VTD_IRTE_Q0_DM;
	out->redirect_hint = e[0] & VTD_IRTE_Q0_RH;
	out->dest = dest_id(m->u, e[0], VTD_IRTE_Q0_DEST, VTD_IRTE_Q0_DEST_XAPIC);
}

/* Section 5.2.3: one atomic update of the descriptor's line, then the notification if it is due. */
static void post(struct msg *m, const u64 *e, struct iommu_irq *out)
{
	struct iommu *u = m->u;
	u64 pa = SPEC_GET(VTD_IRTE_Q0_PDAL, e[0]) << 6 | SPEC_GET(VTD_IRTE_Q1_PDAH, e[1]) << 32;
	u32 vector = (u32)SPEC_GET(VTD_IRTE_Q0_VECTOR, e[0]);
	u64 *pid;

	if (!mem_contains(u->mem, pa, VTD_PID_BYTES) || mem_fails(u->mem, pa, VTD_PID_BYTES)) {
		block(m, out, VTD_FR_IR_PID_ACC);
		return;
	}
	pid = mem_ptr(u->mem, pa);
	if (pid[4] & (SPEC_FIELD(15, 2) | SPEC_FIELD(31, 24)) || pid[5] || pid[6] || pid[7] ||
	    (!(u->irta & VTD_IRTA_EIME) && pid[4] & VTD_PID_Q4_NDST & ~VTD_PID_Q4_NDST_XAPIC)) {
		block(m, out, VTD_FR_IR_PID_RSVD);
		return;
	}
	m->ps += table_read_ps(u, pa);
	pid[vector / 64] |= 1ull << (vector % 64);
	out->kind = IOMMU_IRQ_POSTED;
	out->posted_vector = vector;
	out->posted_pa = pa;
	if (!(pid[4] & VTD_PID_Q4_ON) && (e[0] & VTD_IRTE_Q0_URG || !(pid[4] & VTD_PID_Q4_SN))) {
		pid[4] |= VTD_PID_Q4_ON;
		out->notify = true;
		out->vector = (u8)SPEC_GET(VTD_PID_Q4_NV, pid[4]);
		out->dest = dest_id(u, pid[4], VTD_PID_Q4_NDST, VTD_PID_Q4_NDST_XAPIC);
	}
	u->count.interrupts_posted++;
	mem_notify_write(u->mem, pa, VTD_PID_BYTES, sim_now(u->sim));
}

/*
 * Section 5.1.4, in this order: 1. reserved bits of the message, 2. index, 3. fetch, 4. present, 5.
 * source,
 * 6. reserved bits of the entry, 7. remap or post.
 */
static void remappable(struct msg *m, struct iommu_irq *out)
{
	struct iommu *u = m->u;
	bool shv = m->addr & VTD_MSI_SHV;
	u32 handle = (u32)SPEC_GET(VTD_MSI_HANDLE_LO, m->addr) |
		     (m->addr & VTD_MSI_HANDLE_HI ? 0x8000u : 0);
	u64 e[2];
	u8 fault;

	if (shv && m->data >> 16) {
		block(m, out, VTD_FR_IR_RSVD);
		return;
	}
	m->index = handle + (shv ? m->data & 0xffff : 0);
	if (m->index >= 2u << SPEC_GET(VTD_IRTA_S, u->irta)) {
		block(m, out, VTD_FR_IR_INDEX);
		return;
	}
	fault = fetch_entry(m, e);
	if (fault) {
		block(m, out, fault);
		return;
	}
	m->fpd = e[0] & VTD_IRTE_Q0_FPD;
	if (!(e[0] & VTD_IRTE_Q0_P))
		block(m, out, VTD_FR_IR_P);
	else if (!source_ok(m, e[1]))
		block(m, out,
		      SPEC_GET(VTD_IRTE_Q1_SVT, e[1]) == 3 ? VTD_FR_IR_ENTRY : VTD_FR_IR_SID);
	else if (entry_reserved(u, e))
		block(m, out, VTD_FR_IR_ENTRY);
	else if (e[0] & VTD_IRTE_Q0_IM)
		post(m, e, out);
	else
		remap(m, e, out);
}

void iommu_interrupt(struct iommu *u, u64 now, u16 sid, u64 addr, u32 data, struct iommu_irq *out)
{
	struct msg m = {.u = u, .now = now, .addr = addr, .data = data, .sid = sid};
	u64 ecap = u->cfg.ecap;

	memset(out, 0, sizeof(*out));
	u->count.interrupts++;
	m.ps = u->cfg.link_ps + u->cfg.irte_hit_ps;
	if ((addr >> 20) != (VTD_MSI_BASE >> 20) || addr & 3)
		block(&m, out, VTD_FR_IR_REQUEST);
	else if (!u->ire && ecap & VTD_ECAP_IRREQ)
		block(&m, out, VTD_FR_IR_OFF);
	else if (!u->ire)
		direct(&m, out);
	else if (ecap & VTD_ECAP_EIMER && !(u->irta & VTD_IRTA_EIME))
		block(&m, out, VTD_FR_IR_EIME);
	else if (addr & VTD_MSI_REMAP)
		remappable(&m, out);
	else if (u->irta & VTD_IRTA_EIME || !u->cfi)
		block(&m, out, VTD_FR_IR_COMPAT);
	else
		direct(&m, out);
	out->when = now + m.ps;
}
