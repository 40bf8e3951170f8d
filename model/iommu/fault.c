// SPDX-License-Identifier: GPL-2.0
/* Fault recording (section 7.2, 7.3) and the unit's own interrupt messages. */
#include "model/iommu/iommu_int.h"

#define FSTS_CONDITIONS (VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)

/* Tables 15 and 30: non-qualified faults are recorded whatever FPD says. */
bool fault_qualified(u8 reason)
{
	switch (reason) {
	case VTD_FR_L_ROOT_P:
	case VTD_FR_L_ROOT_ACC:
	case VTD_FR_L_CTX_ACC:
	case VTD_FR_L_ROOT_RSVD:
	case VTD_FR_IR_RSVD:
	case VTD_FR_IR_INDEX:
	case VTD_FR_IR_ACC:
	case VTD_FR_IR_COMPAT:
	case VTD_FR_IR_REQUEST:
	case VTD_FR_IR_EIME:
	case VTD_FR_IR_OFF:
	case VTD_FR_RTA:
	case VTD_FR_L_PASID:
	case VTD_FR_L_PRQ:
	case VTD_FR_ABORT_MODE:
	case VTD_FR_EXEC_V8:
	case VTD_FR_ROOT_ACC:
	case VTD_FR_ROOT_P:
	case VTD_FR_ROOT_RSVD:
	case VTD_FR_CTX_ACC:
	case VTD_FR_PDE_ACC:
	case VTD_FR_PE_ACC:
		return false;
	default:
		return true;
	}
}

/* ---- messages ---- */

static struct unit_msg *msg_of(struct sim_event *ev)
{
	return (struct unit_msg *)(void *)((char *)ev - offsetof(struct unit_msg, ev));
}

static void msg_send(struct sim *sim, struct sim_event *ev)
{
	struct unit_msg *m = msg_of(ev);
	struct iommu *u = m->u;
	u64 addr = reg32(u, m->ctl + 8) | (u64)reg32(u, m->ctl + 12) << 32;

	if (u->cfg.ops && u->cfg.ops->msi)
		u->cfg.ops->msi(u->cfg.ops_ctx, addr, reg32(u, m->ctl + 4));
}

void msg_init(struct iommu *u, struct unit_msg *m, u32 ctl, u64 delay)
{
	m->delay = delay;
	m->u = u;
	m->ctl = ctl;
	sim_event_init(&m->ev, msg_send);
}

/* An interrupt condition came up: send the message, or keep it pending while masked. */
void msg_raise(struct unit_msg *m)
{
	u32 ctl = reg32(m->u, m->ctl);

	if (ctl & VTD_ECTL_IM)
		set_reg32(m->u, m->ctl, ctl | (u32)VTD_ECTL_IP);
	else if (!sim_event_queued(&m->ev))
		sim_after(m->u->sim, &m->ev, m->delay, SIM_PRIO_RESPONSE);
}

/* Software has cleared the mask. */
void msg_unmask(struct unit_msg *m)
{
	u32 ctl = reg32(m->u, m->ctl);

	if (!(ctl & VTD_ECTL_IP))
		return;
	set_reg32(m->u, m->ctl, ctl & ~(u32)VTD_ECTL_IP);
	msg_raise(m);
}

/* ---- status and records ---- */

/* Sets FSTS conditions; one message for the first of them (section 7.3). */
void raise_fsts(struct iommu *u, u32 bits)
{
	u32 fsts = reg32(u, VTD_REG_FSTS);

	set_reg32(u, VTD_REG_FSTS, fsts | bits);
	if (!(fsts & FSTS_CONDITIONS))
		msg_raise(&u->fault_msg);
}

/*
 * Section 7.2.1: 1. qualified faults are dropped under FPD; 2. nothing is recorded while PFO is
 * set;
 * 3. the next record still in use: PFO; 4. else store, advance the index.
 */
void record_fault(struct iommu *u, const struct fault_info *f)
{
	bool pv = f->pasid != IOMMU_NO_PASID;
	u32 off = u->frcd_off + 16 * u->next_frcd;
	u32 fsts = reg32(u, VTD_REG_FSTS);
	u64 hi;

	if (f->fpd && fault_qualified(f->reason))
		return;
	if (fsts & VTD_FSTS_PFO)
		return;
	if (reg64(u, off + 8) & VTD_FRCD_Q1_F) {
		raise_fsts(u, VTD_FSTS_PFO);
		return;
	}
	hi = VTD_FRCD_Q1_F | SPEC_PREP(VTD_FRCD_Q1_SID, f->sid) |
	     SPEC_PREP(VTD_FRCD_Q1_FR, f->reason) | SPEC_PREP(VTD_FRCD_Q1_AT, f->at);
	if (f->page_request)
		hi |= VTD_FRCD_Q1_T2;
	else if (f->read)
		hi |= VTD_FRCD_Q1_T1;
	if (pv)
		hi |= VTD_FRCD_Q1_PP | SPEC_PREP(VTD_FRCD_Q1_PASID, f->pasid) |
		      (f->priv ? VTD_FRCD_Q1_PRIV : 0) | (f->exec ? VTD_FRCD_Q1_EXE : 0);
	set_reg64(u, off, f->addr & VTD_FRCD_Q0_FI);
	set_reg64(u, off + 8, hi);
	u->count.faults_recorded++;
	if (!(fsts & VTD_FSTS_PPF)) {
		set_reg32(u, VTD_REG_FSTS,
			  (u32)SPEC_SET(VTD_FSTS_FRI, reg32(u, VTD_REG_FSTS), u->next_frcd));
		raise_fsts(u, VTD_FSTS_PPF);
	}
	u->next_frcd = (u->next_frcd + 1) % u->n_frcd;
}
