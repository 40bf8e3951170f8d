// SPDX-License-Identifier: GPL-2.0
/* The invalidation queue (section 6.5.2): fetch, checks, cache and device-TLB invalidations, waits.
 */
#include "model/iommu/iommu_int.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PGTT_BITS(a, b) ((1u << (a)) | (1u << (b)))
#define SECOND_OR_PASS	PGTT_BITS(VTD_PGTT_SECOND, VTD_PGTT_PASS)
#define FIRST_OR_NESTED PGTT_BITS(VTD_PGTT_FIRST, VTD_PGTT_NESTED)
#define ANY_PGTT	(~0u)

/* ---- devices ---- */

struct iommu_port *find_port(struct iommu *u, u16 sid)
{
	struct iommu_port **bus = u->bus[sid >> 8];

	return bus ? bus[sid & 0xff] : NULL;
}

static void slot_fire(struct sim *sim, struct sim_event *ev);

void port_init(struct iommu *u, struct iommu_port *p, u16 sid, const struct iommu_dev_ops *ops,
	       void *dev)
{
	p->u = u;
	p->sid = sid;
	p->ops = ops;
	p->dev = dev;
	for (u32 i = 0; i < ITAGS; i++) {
		p->slot[i].port = p;
		sim_event_init(&p->slot[i].ev, slot_fire);
	}
}

int iommu_attach(struct iommu *u, u16 sid, const struct iommu_dev_ops *ops, void *dev)
{
	struct iommu_port *p;

	if (find_port(u, sid))
		return -EEXIST;
	if (!u->bus[sid >> 8]) {
		u->bus[sid >> 8] = calloc(256, sizeof(*u->bus[0]));
		if (!u->bus[sid >> 8])
			return -ENOMEM;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	port_init(u, p, sid, ops, dev);
	u->bus[sid >> 8][sid & 0xff] = p;
	return 0;
}

static void list_add(struct iommu *u, struct inv_slot *s)
{
	s->next = &u->inv_list;
	s->prev = u->inv_list.prev;
	s->prev->next = s;
	u->inv_list.prev = s;
}

static void list_del(struct inv_slot *s)
{
	s->prev->next = s->next;
	s->next->prev = s->prev;
}

/* The tag is free again. */
static void slot_free(struct iommu *u, struct inv_slot *s)
{
	list_del(s);
	sim_cancel(u->sim, &s->ev);
	s->busy = s->returning = false;
	s->port->busy--;
}

void port_cancel(struct iommu_port *p)
{
	for (u32 i = 0; i < ITAGS; i++) {
		if (p->slot[i].busy)
			slot_free(p->u, &p->slot[i]);
	}
}

static void waits_check(struct iommu *u);

/* Outstanding invalidations of a function that goes away count as completed. */
void iommu_detach(struct iommu *u, u16 sid)
{
	struct iommu_port *p = find_port(u, sid);

	if (!p)
		return;
	port_cancel(p);
	u->bus[sid >> 8][sid & 0xff] = NULL;
	free(p);
	waits_check(u);
	iq_kick(u);
}

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
static void waits_check(struct iommu *u)
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

/* ---- device-TLB invalidations ---- */

static void arm_timer(struct iommu *u)
{
	struct inv_slot *oldest = u->inv_list.next;

	if (oldest == &u->inv_list)
		sim_cancel(u->sim, &u->inv_timer);
	else if (!sim_event_queued(&u->inv_timer) || u->inv_timer.when != oldest->deadline)
		sim_at(u->sim, &u->inv_timer, oldest->deadline, SIM_PRIO_RESPONSE);
}

/* First use: the request arrives at the device. Second: the completion arrives here. */
static void slot_fire(struct sim *sim, struct sim_event *ev)
{
	struct inv_slot *s =
		(struct inv_slot *)(void *)((char *)ev - offsetof(struct inv_slot, ev));
	struct iommu_port *p = s->port;
	struct iommu *u = p->u;

	if (!s->returning) {
		if (p->ops && p->ops->ats_invalidate)
			p->ops->ats_invalidate(p->dev, &s->inv);
		return;
	}
	slot_free(u, s);
	arm_timer(u);
	waits_check(u);
	iq_kick(u);
}

void iommu_inv_done(struct iommu *u, u16 sid, u32 itag)
{
	struct iommu_port *p = find_port(u, sid);
	struct inv_slot *s = p && itag < ITAGS ? &p->slot[itag] : NULL;

	if (!s || !s->busy || s->returning) { /* C 6.5.2.11: completion nobody asked for */
		set_reg64(u, VTD_REG_IQERCD,
			  SPEC_SET(VTD_IQERCD_ICESID, reg64(u, VTD_REG_IQERCD), sid));
		raise_fsts(u, VTD_FSTS_ICE);
		return;
	}
	s->returning = true;
	sim_after(u->sim, &s->ev, u->cfg.link_ps, SIM_PRIO_RESPONSE);
}

/* Time-out: the tag is freed, fetching stops, pending waits are aborted (section 6.5.2.11). */
static void inv_timeout(struct sim *sim, struct sim_event *ev)
{
	struct iommu *u = (struct iommu *)(void *)((char *)ev - offsetof(struct iommu, inv_timer));
	struct inv_slot *s = u->inv_list.next;

	if (s == &u->inv_list)
		return;
	u->count.devtlb_timeouts++;
	set_reg64(u, VTD_REG_IQERCD,
		  SPEC_SET(VTD_IQERCD_ITESID, reg64(u, VTD_REG_IQERCD), s->inv_sid));
	slot_free(u, s);
	u->wait_count = 0;
	u->fence = false;
	arm_timer(u);
	raise_fsts(u, VTD_FSTS_ITE);
}

/* Natural range of an S-coded address: with S=1 the lowest zero bit from 12 up gives the size. */
static void s_range(u64 addr, bool s, u64 *first, u64 *size)
{
	u64 low;

	addr &= VTD_PAGE_ADDR;
	if (!s) {
		*first = addr;
		*size = MEM_PAGE;
		return;
	}
	low = ~addr & VTD_PAGE_ADDR; /* zero bits */
	low &= ~low + 1;
	if (!low || low >= SPEC_BIT(62)) { /* all ones below bit 62 or 63: everything */
		*first = 0;
		*size = ~0ull;
		return;
	}
	*size = low << 1;
	*first = addr & ~(*size - 1);
}

/* Tags left? Otherwise the descriptor waits at the head until a completion arrives. */
static bool send_devtlb(struct iommu *u, u16 sid, const struct iommu_inv *inv)
{
	struct iommu_port *p = find_port(u, sid);
	struct inv_slot *s;
	u32 tag = 0;

	if (!p || !p->ops || !p->ops->ats_invalidate)
		p = &u->ghost;
	if (p->busy == ITAGS)
		return false;
	while (p->slot[tag].busy)
		tag++;
	s = &p->slot[tag];
	s->busy = true;
	s->returning = false;
	s->inv = *inv;
	s->inv.itag = tag;
	s->inv_sid = sid;
	u->log[u->inv_issued % INV_LOG] = (struct inv_log){
		.addr = inv->addr,
		.size = inv->size,
		.pasid = inv->pasid,
		.sid = sid,
		.pv = inv->pasid_valid,
		.all = inv->all_pasids,
	};
	s->seq = ++u->inv_issued;
	s->deadline = sim_now(u->sim) + u->cfg.inv_timeout_ps;
	p->busy++;
	list_add(u, s);
	u->count.devtlb_invalidations++;
	if (p != &u->ghost)
		sim_after(u->sim, &s->ev, u->cfg.link_ps, SIM_PRIO_RESPONSE);
	arm_timer(u);
	return true;
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
		s_range(q[1], q[1] & VTD_QI_DEV_Q1_S, &inv.addr, &inv.size);
	} else {
		if (q[1] & SPEC_FIELD(10, 1))
			return QI_BAD_FIELD;
		sid = (u16)SPEC_GET(VTD_QI_PDEV_Q0_SID, q[0]);
		inv.pasid_valid = true;
		inv.pasid = (u32)SPEC_GET(VTD_QI_Q0_PASID, q[0]);
		inv.all_pasids = q[1] & VTD_QI_PDEV_Q1_GLOBAL;
		s_range(q[1], q[1] & VTD_QI_PDEV_Q1_S, &inv.addr, &inv.size);
	}
	return send_devtlb(u, sid, &inv) ? QI_DONE : QI_STALL;
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
	waits_check(u);
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
	u->inv_list.next = u->inv_list.prev = &u->inv_list;
	sim_event_init(&u->iq_ev, iq_step);
	sim_event_init(&u->inv_timer, inv_timeout);
	sim_event_init(&u->rsp_ev, response_arrives);
	port_init(u, &u->ghost, 0, NULL, NULL);
}
