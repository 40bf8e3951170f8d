// SPDX-License-Identifier: GPL-2.0
// Portals: which work queue a 64-byte write reaches and whether it is taken
// (specification 3.3, 5.3).
#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

#define PORTAL_LIMITED 1
#define PORTAL_IMS     2

static enum dsa_accept sim_cold refuse(struct dsa *dsa, u32 wq, bool dmwr, bool full)
{
	if (dmwr) {
		dsa->tot.retried++;
		dsa_note(dsa, DSA_NOTE_RETRY, wq);
		return DSA_RETRY;
	}
	dsa->tot.dropped++;
	if (!full)
		dsa_perf_portal(dsa, DSA_EV0_DISCARDED, wq);
	dsa_note(dsa, DSA_NOTE_DROP, wq);
	return DSA_DROPPED;
}

static enum dsa_accept accept(struct dsa_wq *wq, u32 portal, const void *desc,
			      const struct dsa_origin *origin)
{
	struct dsa *dsa = wq->dsa;
	struct dsa_work *w = dsa_work_new(dsa);
	u32 dw[2];

	memcpy(w->desc, desc, DSA_DESC_SIZE);
	memcpy(dw, w->desc, sizeof(dw));
	w->wq = wq;
	w->life.wq = wq->index;
	w->portal = portal;
	w->opcode = SPEC_GET(DSA_DESC1_OPCODE, dw[1]);
	w->flags = SPEC_GET(DSA_DESC1_FLAGS, dw[1]);
	if (wq->dedicated) {
		w->pasid_valid = wq->pasid_en;
		w->pasid = wq->pasid_en ? wq->pasid : IOMMU_NO_PASID;
		w->priv = wq->priv;
	} else {
		w->pasid_valid = true;
		w->pasid = SPEC_GET(DSA_DESC0_PASID, dw[0]);
		w->priv = dw[0] & DSA_DESC0_PRIV;
	}
	if (origin)
		w->life.origin = *origin;
	else
		memset(&w->life.origin, 0, sizeof(w->life.origin));
	w->seq = ++dsa->seq;
	w->life.t[DSA_STAGE_ACCEPTED] = sim_now(dsa->sim);
	w->life.t[DSA_STAGE_ISSUED] = origin ? origin->issued : w->life.t[DSA_STAGE_ACCEPTED];
	dsa->tot.accepted++;
	wq->accepted++;
	dsa_out_add(w);
	dsa_wq_push(wq, w);
	dsa_group_kick(wq->group);
	return DSA_ACCEPTED;
}

enum dsa_accept sim_hot dsa_portal_write(struct dsa *dsa, u64 off, const void *desc, bool dmwr,
					 const struct dsa_origin *origin)
{
	u64 index = SPEC_GET(DSA_PORTAL_WQ, off);
	u32 portal = (off & DSA_PORTAL_LIMITED ? PORTAL_LIMITED : 0) |
		     (off & DSA_PORTAL_IMS ? PORTAL_IMS : 0);
	struct dsa_wq *wq;
	u32 room;

	/* 1. The WQ exists and is enabled; 64-byte aligned; the IMS pages need an IMS. */
	if (index >= dsa->nwqs || dsa->state != DSA_STATE_ENABLED || dsa->d3hot ||
	    off % DSA_PORTAL_SLOT_SIZE || ((portal & PORTAL_IMS) && !dsa->ims_entries))
		return refuse(dsa, index, dmwr, false);
	wq = &dsa->wq[index];
	if (wq->state != DSA_WQ_STATE_ENABLED || dmwr == wq->dedicated) {
		wq->retried += dmwr;
		wq->dropped += !dmwr;
		return refuse(dsa, index, dmwr, false);
	}
	if (dmwr) {
		/* 2. SWQ: up to the threshold through the limited portal, else up to the size. */
		u32 ev =
			portal & PORTAL_LIMITED ? DSA_EV0_SWQ_LIMITED_OK : DSA_EV0_SWQ_UNLIMITED_OK;

		room = wq->size;
		if ((portal & PORTAL_LIMITED) && wq->threshold < room)
			room = wq->threshold;
		if (wq->occupancy >= room) {
			wq->retried++;
			dsa_perf_portal(dsa, (u64)ev << 1, index);
			return refuse(dsa, index, true, true);
		}
		dsa_perf_portal(dsa, ev, index);
	} else if (wq->occupancy >= wq->size) {
		/* 3. DWQ: a write to a full queue is lost; only SWERROR tells. */
		wq->dropped++;
		dsa_perf_portal(dsa, DSA_EV0_DWQ_FULL, index);
		dsa_error(dsa, NULL, DSA_SWERR_DWQ_FULL, 0, 0, index);
		return refuse(dsa, index, false, true);
	} else {
		dsa_perf_portal(dsa, DSA_EV0_DWQ_OK, index);
	}
	return accept(wq, portal, desc, origin);
}
