// SPDX-License-Identifier: GPL-2.0
/* Page requests (sections 7.4 - 7.8): checks, queue, overflow, automatic answers. */
#include "model/iommu/iommu_int.h"

#define BIT(n) (1u << (n))

/* Table 27: what an accepted request drops first, so that software need not flush after raising
 * rights. */
static void implicit_invalidation(struct iommu *u, const struct lookup *l, u64 addr)
{
	struct drop d = {.did = l->pi->did, .pasid = -1, .pgtts = ~0u};

	if (l->pi->pgtt != VTD_PGTT_NESTED) {
		d.ranged = true;
		d.first = addr & VTD_PAGE_ADDR;
		d.last = d.first | (MEM_PAGE - 1);
	}
	switch (l->pi->pgtt) {
	case VTD_PGTT_FIRST: /* as a type 6 page-selective */
		d.pasid = (s32)l->pasid;
		d.pgtts = BIT(VTD_PGTT_FIRST) | BIT(VTD_PGTT_NESTED);
		drop_iotlb(u, &d);
		drop_fs_walk(u, &d);
		break;
	case VTD_PGTT_NESTED: /* as a type 2 domain-selective */
		drop_iotlb(u, &d);
		drop_fs_walk(u, &d);
		drop_ss_walk(u, &d);
		break;
	default: /* as a type 2 page-selective */
		d.pgtts = BIT(VTD_PGTT_SECOND) | BIT(VTD_PGTT_PASS);
		drop_iotlb(u, &d);
		drop_ss_walk(u, &d);
		d.ranged = false;
		d.pgtts = BIT(VTD_PGTT_FIRST) | BIT(VTD_PGTT_NESTED);
		drop_iotlb(u, &d);
		drop_fs_walk(u, &d);
		break;
	}
}

static u8 check_tables(struct iommu *u, const struct iommu_page_req *req, struct lookup *l)
{
	u8 fault = find_context(u, req->sid, l);

	if (fault)
		return fault;
	if (l->ctx->legacy)
		return VTD_FR_L_PRQ;
	if (!l->ctx->pre)
		return VTD_FR_PRE;
	return find_pasid(u, req->sid, req->pasid, l);
}

/* Dropped: only the last request of a group gets an answer, and a stop marker never does. */
static void drop(struct iommu *u, const struct iommu_page_req *req, struct iommu_page_reply *r,
		 u8 code, u64 walked)
{
	u->count.page_requests_dropped++;
	if (!req->last || !(req->read || req->write))
		return;
	r->answered = true;
	r->code = code;
	r->when = req->now + 2 * u->cfg.link_ps + walked;
}

static void event(struct iommu *u, u32 bit)
{
	u32 prs = reg32(u, VTD_REG_PRS);

	set_reg32(u, VTD_REG_PRS, prs | bit);
	if (!(prs & (VTD_PRS_PPR | VTD_PRS_PRO)))
		msg_raise(&u->prq_msg);
}

static u64 queue_bytes(const struct iommu *u)
{
	return MEM_PAGE << SPEC_GET(VTD_PQA_PQS, reg64(u, VTD_REG_PQA));
}

static u64 tail_address(const struct iommu *u)
{
	return (reg64(u, VTD_REG_PQA) & VTD_PAGE_ADDR) +
	       (reg64(u, VTD_REG_PQT) & (queue_bytes(u) - 1));
}

/* Full: the tail right behind the head. A queue that is not in memory never has room. */
static bool has_room(const struct iommu *u)
{
	u64 mask = queue_bytes(u) - 1, at = tail_address(u);

	return ((reg64(u, VTD_REG_PQT) + VTD_PRQ_BYTES) & mask) != (reg64(u, VTD_REG_PQH) & mask) &&
	       mem_contains(u->mem, at, VTD_PRQ_BYTES) &&
	       !(mem_fails(u->mem, at, VTD_PRQ_BYTES) & MEM_FAIL_WRITE);
}

/* Writes the descriptor and moves the tail. */
static void enqueue(struct iommu *u, const struct iommu_page_req *req)
{
	u64 at = tail_address(u), *q = mem_ptr(u->mem, at);

	q[0] = SPEC_PREP(VTD_PRQ_Q0_TYPE, VTD_PRQ_TYPE) | SPEC_PREP(VTD_PRQ_Q0_RID, req->sid);
	if (req->pasid != IOMMU_NO_PASID)
		q[0] |= VTD_PRQ_Q0_PP | SPEC_PREP(VTD_PRQ_Q0_PASID, req->pasid) |
			(req->exec ? VTD_PRQ_Q0_EXE : 0) | (req->priv ? VTD_PRQ_Q0_PRIV : 0);
	q[1] = (req->read ? VTD_PRQ_Q1_R : 0) | (req->write ? VTD_PRQ_Q1_W : 0) |
	       (req->last ? VTD_PRQ_Q1_LAST : 0) | SPEC_PREP(VTD_PRQ_Q1_PRGI, req->prgi) |
	       (req->addr & VTD_PRQ_Q1_ADDR);
	q[2] = q[3] = 0;
	set_reg64(u, VTD_REG_PQT, (reg64(u, VTD_REG_PQT) + VTD_PRQ_BYTES) & (queue_bytes(u) - 1));
	mem_notify_write(u->mem, at, VTD_PRQ_BYTES, sim_now(u->sim));
}

/*
 * Order of checks: table walk, overflow flag, queue full, implicit invalidation, descriptor, tail.
 * The tail and the descriptor become visible together; the interrupt follows prq_write_ps later.
 */
void iommu_page_request(struct iommu *u, const struct iommu_page_req *req,
			struct iommu_page_reply *reply)
{
	bool marker = !req->read && !req->write;
	struct lookup l;
	u8 fault;

	*reply = (struct iommu_page_reply){.queued = false};
	u->count.page_requests++;
	if (!u->te) {
		drop(u, req, reply, IOMMU_PR_INVALID, 0);
		return;
	}
	l.fpd = l.dry = false;
	l.fault = 0;
	l.reads = 0;
	l.ps = 0;
	fault = check_tables(u, req, &l);
	u->count.table_reads += l.reads;
	if (fault) {
		record_fault(u, &(struct fault_info){
					.addr = req->addr,
					.pasid = req->pasid,
					.sid = req->sid,
					.reason = fault,
					.page_request = true,
					.priv = req->priv,
					.exec = req->exec,
					.fpd = l.fpd,
				});
		drop(u, req, reply, IOMMU_PR_INVALID, l.ps);
		return;
	}
	if (reg32(u, VTD_REG_PRS) & VTD_PRS_PRO) {
		drop(u, req, reply, IOMMU_PR_SUCCESS, l.ps);
		return;
	}
	if (!has_room(u)) {
		if (!marker || !(u->cfg.ecap & VTD_ECAP_SMS))
			event(u, (u32)VTD_PRS_PRO);
		drop(u, req, reply, IOMMU_PR_SUCCESS, l.ps);
		return;
	}
	if (!marker)
		implicit_invalidation(u, &l, req->addr);
	enqueue(u, req);
	reply->queued = true;
	event(u, (u32)VTD_PRS_PPR);
}
