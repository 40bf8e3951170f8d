// SPDX-License-Identifier: GPL-2.0
/* The invalidation queue (section 6.5.2): fetch, checks, caches, waits, responses. */
#include "model/iommu/iommu_int.h"

#include <string.h>

#define PGTT_BITS(a, b) ((1u << (a)) | (1u << (b)))
#define SECOND_OR_PASS	PGTT_BITS(VTD_PGTT_SECOND, VTD_PGTT_PASS)
#define FIRST_OR_NESTED PGTT_BITS(VTD_PGTT_FIRST, VTD_PGTT_NESTED)
#define ANY_PGTT	(~0u)

/* ---- errors ---- */

static void queue_error(struct iommu *u, u32 reason)
{
	set_reg64(u, VTD_REG_IQERCD, SPEC_SET(VTD_IQERCD_IQEI, reg64(u, VTD_REG_IQERCD), reason));
	raise_fsts(u, VTD_FSTS_IQE);
}

/* ---- waits ---- */

static void wait_complete(struct iommu *u, const struct iq_wait *w)
{
	u->count.waits++;
	if (w->seq > u->epochs.completed)
		u->epochs.completed = w->seq;
	if (w->sw && mem_contains(u->mem, w->addr, 4)) {
		*(u32 *)mem_ptr(u->mem, w->addr) = w->data;
		mem_notify_write(u->mem, w->addr, 4, sim_now(u->sim));
	}
	if (w->intr && !(reg32(u, VTD_REG_ICS) & VTD_ICS_IWC)) {
		set_reg32(u, VTD_REG_ICS, (u32)VTD_ICS_IWC);
		msg_raise(&u->inv_msg);
	}
}

/* Completes the waits whose device-TLB invalidations have all come back, oldest first. */
void iq_waits_check(struct iommu *u)
{
	while (u->wait_count) {
		struct iq_wait w = u->wait[u->wait_head];

		if (u->inv_list.next != &u->inv_list && u->inv_list.next->seq <= w.seq)
			break;
		u->wait_head = (u->wait_head + 1) % IQ_WAITS;
		u->wait_count--;
		wait_complete(u, &w);
	}
	if (!u->wait_count)
		u->fence = false;
}

/* ---- descriptors ---- */

/* What became of the descriptor at the head. */
enum qi_result { QI_DONE, QI_STALL, QI_BAD_TYPE, QI_BAD_FIELD };

static u64 am_last(u64 addr, u32 am)
{
	return am >= 52 ? ~0ull : addr | ((MEM_PAGE << am) - 1);
}

static u64 am_first(u64 addr, u32 am)
{
	return am >= 52 ? 0 : addr & ~((MEM_PAGE << am) - 1);
}

/* Type 1. Domain-selective acts as global in scalable mode, where entries carry no domain. */
static enum qi_result qi_context(struct iommu *u, const u64 *q)
{
	u32 g = (u32)SPEC_GET(VTD_QI_Q0_G, q[0]);
	u32 fm = (u32)SPEC_GET(VTD_QI_CTX_Q0_FM, q[0]);
	u16 sid = (u16)SPEC_GET(VTD_QI_CTX_Q0_SID, q[0]);
	static const u16 fm_mask[4] = {0, 4, 6, 7};

	if (!g || q[0] & (SPEC_FIELD(15, 12) | SPEC_FIELD(8, 6) | SPEC_FIELD(63, 50)) || q[1])
		return QI_BAD_FIELD;
	u->memo.ctx = NULL;
	if (g != VTD_QI_CTX_DEVICE) {
		tcache_clear(&u->ctx_tags);
		return QI_DONE;
	}
	for (u32 i = 0; i < u->ctx_tags.sets * u->ctx_tags.ways; i++) {
		if (tcache_valid(&u->ctx_tags, i) &&
		    !((u->ctx_tags.key[2 * (size_t)i] ^ sid) & 0xffff & ~(u64)fm_mask[fm]))
			tcache_drop(&u->ctx_tags, i);
	}
	return QI_DONE;
}

/* Type 2, table 23. */
static enum qi_result qi_iotlb(struct iommu *u, const u64 *q)
{
	u32 g = (u32)SPEC_GET(VTD_QI_Q0_G, q[0]), am = (u32)SPEC_GET(VTD_QI_Q1_AM, q[1]);
	u64 addr = q[1] & VTD_QI_Q1_ADDR;
	struct drop all = {
		.did = (s32)SPEC_GET(VTD_QI_Q0_DID, q[0]), .pasid = -1, .pgtts = ANY_PGTT};
	struct drop page = all;

	if (!g || q[0] & (SPEC_FIELD(15, 12) | SPEC_BIT(8) | SPEC_FIELD(63, 32)) ||
	    q[1] & SPEC_FIELD(11, 7))
		return QI_BAD_FIELD;
	if (g == VTD_QI_IOTLB_PAGE &&
	    (!(u->cfg.cap & VTD_CAP_PSI) || am > SPEC_GET(VTD_CAP_MAMV, u->cfg.cap)))
		return QI_BAD_FIELD;
	if (g == VTD_QI_IOTLB_GLOBAL)
		all.did = -1;
	if (g != VTD_QI_IOTLB_PAGE) {
		drop_iotlb(u, &all);
		drop_fs_walk(u, &all);
		drop_ss_walk(u, &all);
		return QI_DONE;
	}
	page.ranged = true;
	page.first = am_first(addr, am);
	page.last = am_last(addr, am);
	page.pgtts = SECOND_OR_PASS;
	drop_iotlb(u, &page);
	all.pgtts = FIRST_OR_NESTED;
	drop_iotlb(u, &all);
	drop_fs_walk(u, &all);
	if (!(q[1] & VTD_QI_Q1_IH))
		drop_ss_walk(u, &page);
	return QI_DONE;
}

/* Type 6, table 24. */
static enum qi_result qi_piotlb(struct iommu *u, const u64 *q)
{
	u32 g = (u32)SPEC_GET(VTD_QI_Q0_G, q[0]), am = (u32)SPEC_GET(VTD_QI_Q1_AM, q[1]);
	struct drop d = {.did = (s32)SPEC_GET(VTD_QI_Q0_DID, q[0]),
			 .pasid = (s32)SPEC_GET(VTD_QI_Q0_PASID, q[0]),
			 .pgtts = ANY_PGTT};

	if (g < VTD_QI_PIOTLB_ALL ||
	    q[0] & (SPEC_FIELD(15, 12) | SPEC_FIELD(8, 6) | SPEC_FIELD(63, 52)) ||
	    q[1] & SPEC_FIELD(11, 7) || (g == VTD_QI_PIOTLB_ALL && q[1]))
		return QI_BAD_FIELD;
	if (g == VTD_QI_PIOTLB_PAGE) {
		d.ranged = true;
		d.first = am_first(q[1] & VTD_QI_Q1_ADDR, am);
		d.last = am_last(q[1] & VTD_QI_Q1_ADDR, am);
		d.pgtts = FIRST_OR_NESTED;
	}
	drop_iotlb(u, &d);
	if (g == VTD_QI_PIOTLB_ALL || !(q[1] & VTD_QI_Q1_IH))
		drop_fs_walk(u, &d);
	return QI_DONE;
}

/* Type 7. */
static enum qi_result qi_pasid(struct iommu *u, const u64 *q)
{
	u32 g = (u32)SPEC_GET(VTD_QI_Q0_G, q[0]), pasid = (u32)SPEC_GET(VTD_QI_Q0_PASID, q[0]);
	u16 did = (u16)SPEC_GET(VTD_QI_Q0_DID, q[0]);
	struct tcache *t = &u->pasid_tags;

	if (g == 2 || q[0] & (SPEC_FIELD(15, 12) | SPEC_FIELD(8, 6) | SPEC_FIELD(63, 52)) || q[1])
		return QI_BAD_FIELD;
	u->memo.ctx = NULL;
	for (u32 i = 0; i < t->sets * t->ways; i++) {
		if (!tcache_valid(t, i) || (g != VTD_QI_PASID_GLOBAL && u->pasid[i].did != did) ||
		    (g == VTD_QI_PASID_ONE && t->key[2 * (size_t)i] != pasid))
			continue;
		tcache_drop(t, i);
	}
	return QI_DONE;
}

/* Types 3 and 8. PFSID only throttles; requests go to the function itself. */
static enum qi_result qi_devtlb(struct iommu *u, const u64 *q, bool with_pasid)
{
	struct iommu_inv inv = {.pasid = 0};
	u16 sid;

	if (!with_pasid) {
		if (q[0] & (SPEC_FIELD(8, 4) | SPEC_FIELD(31, 21) | SPEC_FIELD(51, 48)) ||
		    q[1] & SPEC_FIELD(11, 1))
			return QI_BAD_FIELD;
		sid = (u16)SPEC_GET(VTD_QI_DEV_Q0_SID, q[0]);
		devtlb_range(q[1], q[1] & VTD_QI_DEV_Q1_S, &inv.addr, &inv.size);
	} else {
		if (q[1] & SPEC_FIELD(10, 1))
			return QI_BAD_FIELD;
		sid = (u16)SPEC_GET(VTD_QI_PDEV_Q0_SID, q[0]);
		inv.pasid_valid = true;
		inv.pasid = (u32)SPEC_GET(VTD_QI_Q0_PASID, q[0]);
		inv.all_pasids = q[1] & VTD_QI_PDEV_Q1_GLOBAL;
		devtlb_range(q[1], q[1] & VTD_QI_PDEV_Q1_S, &inv.addr, &inv.size);
	}
	return devtlb_send(u, sid, &inv) ? QI_DONE : QI_STALL;
}

/* Type 4. */
static enum qi_result qi_iec(struct iommu *u, const u64 *q)
{
	u32 im = (u32)SPEC_GET(VTD_QI_IEC_Q0_IM, q[0]);
	u32 index = (u32)SPEC_GET(VTD_QI_IEC_Q0_IIDX, q[0]);
	struct tcache *t = &u->irte_tags;

	if (q[0] & (SPEC_FIELD(8, 5) | SPEC_FIELD(26, 12) | SPEC_FIELD(63, 48)) || q[1])
		return QI_BAD_FIELD;
	if (!(q[0] & VTD_QI_IEC_Q0_G)) {
		tcache_clear(t);
		return QI_DONE;
	}
	if (im > SPEC_GET(VTD_ECAP_MHMV, u->cfg.ecap))
		return QI_BAD_FIELD;
	for (u32 i = 0; i < t->sets * t->ways; i++) {
		if (tcache_valid(t, i) && t->key[2 * (size_t)i] >> im == index >> im)
			tcache_drop(t, i);
	}
	return QI_DONE;
}

/* Type 5. Page requests are in the queue as soon as they are accepted, so PD needs nothing more. */
static enum qi_result qi_wait(struct iommu *u, const u64 *q)
{
	struct iq_wait w = {
		.seq = u->inv_issued,
		.addr = q[1] & VTD_QI_WAIT_Q1_ADDR,
		.data = (u32)SPEC_GET(VTD_QI_WAIT_Q0_DATA, q[0]),
		.sw = q[0] & VTD_QI_WAIT_Q0_SW,
		.intr = q[0] & VTD_QI_WAIT_Q0_IF,
	};

	if (q[0] & (SPEC_BIT(8) | SPEC_FIELD(31, 12)) || q[1] & SPEC_FIELD(1, 0) ||
	    (q[0] & VTD_QI_WAIT_Q0_PD && !(u->cfg.ecap & VTD_ECAP_PDS)))
		return QI_BAD_FIELD;
	if (u->wait_count == IQ_WAITS)
		return QI_STALL;
	u->wait[(u->wait_head + u->wait_count++) % IQ_WAITS] = w;
	if (q[0] & VTD_QI_WAIT_Q0_FN)
		u->fence = true;
	iq_waits_check(u);
	return QI_DONE;
}

/* Type 9: the answer of software travels to the device. */
static enum qi_result qi_page_response(struct iommu *u, const u64 *q)
{
	bool pv = q[0] & VTD_QI_PGRSP_Q0_PP;
	u64 r0 = SPEC_FIELD(8, 5) | SPEC_FIELD(63, 52) | (pv ? 0 : VTD_QI_Q0_PASID);
	u64 r1 = SPEC_FIELD(63, 12) | SPEC_FIELD(1, 0);
	struct pr_response *r;

	if (q[0] & (r0 & ~allow_2020(u, VTD_QI_PGRSP_Q0_PDP)) ||
	    (!u->cfg.accept_2020 && (q[1] & r1 || q[2] || q[3])))
		return QI_BAD_FIELD;
	if (u->rsp_count == PR_RESPONSES)
		return QI_STALL;
	r = &u->rsp[(u->rsp_head + u->rsp_count++) % PR_RESPONSES];
	*r = (struct pr_response){
		.when = sim_now(u->sim) + u->cfg.link_ps,
		.pasid = (u32)SPEC_GET(VTD_QI_Q0_PASID, q[0]),
		.sid = (u16)SPEC_GET(VTD_QI_PGRSP_Q0_RID, q[0]),
		.prgi = (u16)SPEC_GET(VTD_QI_PGRSP_Q1_PRGI, q[1]),
		.code = (u8)SPEC_GET(VTD_QI_PGRSP_Q0_CODE, q[0]),
		.pv = pv,
	};
	if (u->rsp_count == 1)
		sim_at(u->sim, &u->rsp_ev, r->when, SIM_PRIO_RESPONSE);
	u->count.page_responses++;
	return QI_DONE;
}

/* The oldest response arrives at its device; all take equally long, so they arrive in queue order.
 */
static void response_arrives(struct sim *sim, struct sim_event *ev)
{
	struct iommu *u = (struct iommu *)(void *)((char *)ev - offsetof(struct iommu, rsp_ev));
	struct pr_response r = u->rsp[u->rsp_head];
	struct iommu_port *p = find_port(u, r.sid);

	u->rsp_head = (u->rsp_head + 1) % PR_RESPONSES;
	if (--u->rsp_count)
		sim_at(sim, &u->rsp_ev, u->rsp[u->rsp_head].when, SIM_PRIO_RESPONSE);
	iq_kick(u);
	if (p && p->ops && p->ops->page_response)
		p->ops->page_response(p->dev, r.pasid, r.pv, r.prgi, r.code);
}

/* Table 26: types 6 and above only in scalable and abort mode. */
static enum qi_result execute(struct iommu *u, const u64 *q)
{
	u32 type = (u32)SPEC_GET(VTD_QI_Q0_TYPE, q[0]);
	u64 ecap = u->cfg.ecap;

	if (q[0] & VTD_QI_Q0_TYPE_HI || (u->ttm == VTD_TTM_LEGACY && type > VTD_QI_WAIT))
		return QI_BAD_TYPE;
	if (type != VTD_QI_PGRSP && (q[2] || q[3]))
		return QI_BAD_FIELD;
	switch (type) {
	case VTD_QI_CTX:
		return qi_context(u, q);
	case VTD_QI_IOTLB:
		return qi_iotlb(u, q);
	case VTD_QI_DEVTLB:
		return ecap & VTD_ECAP_DT ? qi_devtlb(u, q, false) : QI_BAD_TYPE;
	case VTD_QI_IEC:
		return ecap & VTD_ECAP_IR ? qi_iec(u, q) : QI_BAD_TYPE;
	case VTD_QI_WAIT:
		return qi_wait(u, q);
	case VTD_QI_PIOTLB:
		return qi_piotlb(u, q);
	case VTD_QI_PASID:
		return qi_pasid(u, q);
	case VTD_QI_PDEVTLB:
		return ecap & VTD_ECAP_DT && ecap & VTD_ECAP_PASID ? qi_devtlb(u, q, true)
								   : QI_BAD_TYPE;
	case VTD_QI_PGRSP:
		return ecap & VTD_ECAP_PRS ? qi_page_response(u, q) : QI_BAD_TYPE;
	default: /* 0, 0xA (no host permission tables) and above */
		return QI_BAD_TYPE;
	}
}

/* ---- the queue ---- */

static bool iq_stopped(const struct iommu *u)
{
	return !u->qie || u->fence || reg32(u, VTD_REG_FSTS) & (VTD_FSTS_IQE | VTD_FSTS_ITE);
}

static bool iq_empty(const struct iommu *u)
{
	return reg64(u, VTD_REG_IQH) == reg64(u, VTD_REG_IQT);
}

/* Conditions of the queue itself, before a fetch; 0 or the reason. */
static u32 iq_check(const struct iommu *u, u32 width, u64 size)
{
	u64 tail = reg64(u, VTD_REG_IQT);

	if (u->ttm == 2)
		return VTD_IQEI_TTM;
	if (u->ttm != VTD_TTM_LEGACY && width == 16)
		return VTD_IQEI_WIDTH;
	if (tail & (width - 1))
		return VTD_IQEI_ALIGN;
	if (tail >= size)
		return VTD_IQEI_TAIL;
	return 0;
}

/* One descriptor is fetched and executed. */
static void iq_step(struct sim *sim, struct sim_event *ev)
{
	struct iommu *u = (struct iommu *)(void *)((char *)ev - offsetof(struct iommu, iq_ev));
	u64 iqa = reg64(u, VTD_REG_IQA), head = reg64(u, VTD_REG_IQH);
	u32 width = iqa & VTD_IQA_DW ? 32 : 16;
	u64 size = MEM_PAGE << SPEC_GET(VTD_IQA_QS, iqa);
	u64 at = (iqa & VTD_PAGE_ADDR) + head, q[4] = {0};
	u32 error;

	if (iq_stopped(u) || iq_empty(u))
		return;
	error = iq_check(u, width, size);
	if (!error && !table_readable(u, at, width))
		error = VTD_IQEI_FETCH;
	if (error) {
		queue_error(u, error);
		return;
	}
	memcpy(q, mem_ptr(u->mem, at), width);
	switch (execute(u, q)) {
	case QI_BAD_TYPE:
		queue_error(u, VTD_IQEI_TYPE);
		return;
	case QI_BAD_FIELD:
		queue_error(u, VTD_IQEI_RESERVED);
		return;
	case QI_STALL:
		return; /* iq_kick() when a tag or a place is free again */
	case QI_DONE:
		break;
	}
	u->count.invalidations++;
	set_reg64(u, VTD_REG_IQH, (head + width) & (size - 1));
	if (!iq_stopped(u) && !iq_empty(u))
		sim_after(u->sim, &u->iq_ev, u->cfg.inv_exec_ps + u->cfg.inv_fetch_ps,
			  SIM_PRIO_SUBMIT);
}

/* Something changed: go on fetching if there is something to fetch. */
void iq_kick(struct iommu *u)
{
	if (!iq_stopped(u) && !iq_empty(u) && !sim_event_queued(&u->iq_ev))
		sim_after(u->sim, &u->iq_ev, u->cfg.inv_fetch_ps, SIM_PRIO_SUBMIT);
}

/* GCMD.QIE. Disabling resets the head; what was pending has drained or is given up. */
void iq_enable(struct iommu *u, bool on)
{
	if (u->qie == on)
		return;
	u->qie = on;
	if (!on) {
		set_reg64(u, VTD_REG_IQH, 0);
		u->wait_count = 0;
		u->fence = false;
		sim_cancel(u->sim, &u->iq_ev);
	}
	iq_kick(u);
}

void iq_init(struct iommu *u)
{
	sim_event_init(&u->iq_ev, iq_step);
	sim_event_init(&u->rsp_ev, response_arrives);
}
