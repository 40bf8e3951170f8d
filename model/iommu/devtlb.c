// SPDX-License-Identifier: GPL-2.0
/* Attached functions and invalidations of their TLBs (section 6.5.2): tags, time-outs. */
#include "model/iommu/iommu_int.h"

#include <errno.h>
#include <stdlib.h>

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

/* Outstanding invalidations of a function that goes away count as completed. */
void iommu_detach(struct iommu *u, u16 sid)
{
	struct iommu_port *p = find_port(u, sid);

	if (!p)
		return;
	port_cancel(p);
	u->bus[sid >> 8][sid & 0xff] = NULL;
	free(p);
	iq_waits_check(u);
	iq_kick(u);
}

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
	iq_waits_check(u);
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
void devtlb_range(u64 addr, bool s, u64 *first, u64 *size)
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
bool devtlb_send(struct iommu *u, u16 sid, const struct iommu_inv *inv)
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

void devtlb_init(struct iommu *u)
{
	u->inv_list.next = u->inv_list.prev = &u->inv_list;
	sim_event_init(&u->inv_timer, inv_timeout);
	port_init(u, &u->ghost, 0, NULL, NULL);
}
