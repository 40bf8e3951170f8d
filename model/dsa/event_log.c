// SPDX-License-Identifier: GPL-2.0
// Event log of DSA 2.0 and later: a ring in host memory that holds errors and records (7.5).
#include "model/dsa/dsa_priv.h"

static u32 ring_size(const struct dsa *dsa)
{
	return SPEC_GET(DSA_EVLCFG1_SIZE, dsa->evlcfg[1]);
}

static bool full(const struct dsa *dsa)
{
	u32 tail = SPEC_GET(DSA_EVLSTATUS_TAIL, dsa->evlstatus);

	return (tail + 1) % ring_size(dsa) == SPEC_GET(DSA_EVLSTATUS_HEAD, dsa->evlstatus);
}

/* Writes one entry at the tail; false when the ring's memory can't be reached. */
static bool put(struct dsa *dsa, const u8 *entry, u32 bytes)
{
	u32 tail = SPEC_GET(DSA_EVLSTATUS_TAIL, dsa->evlstatus);
	bool pasid = dsa->evlcfg[0] & DSA_EVLCFG0_PASID_EN;
	struct iommu_reply reply;
	struct iommu_req req = {
		.now = sim_now(dsa->sim),
		.addr = (dsa->evlcfg[0] & DSA_EVLCFG0_BASE) + (u64)tail * bytes,
		.len = bytes,
		.pasid = pasid ? SPEC_GET(DSA_EVLCFG1_PASID, dsa->evlcfg[1]) : IOMMU_NO_PASID,
		.sid = dsa->cfg.sid,
		.at = dsa->ats_on ? IOMMU_TRANSLATION : IOMMU_UNTRANSLATED,
		.access = IOMMU_W,
		.priv = pasid && (dsa->evlcfg[0] & DSA_EVLCFG0_PRIV),
	};
	u8 *ram;

	dsa->bus->translate(dsa->bus_ctx, &req, &reply);
	if (reply.status != IOMMU_OK || !(reply.perms & IOMMU_W) || reply.len < bytes)
		return false;
	ram = dsa->bus->ram(dsa->bus_ctx, reply.pa, bytes);
	if (!ram)
		return false;
	memcpy(ram, entry, bytes);
	dsa->bus->written(dsa->bus_ctx, reply.pa, bytes);
	dsa->evlstatus = SPEC_SET(DSA_EVLSTATUS_TAIL, dsa->evlstatus, (tail + 1) % ring_size(dsa));
	return true;
}

static u64 identity(const struct dsa_work *w, u8 code)
{
	u64 q = DSA_EVL0_DESC_VALID | DSA_EVL0_WQ_VALID |
		SPEC_PREP(DSA_EVL0_WQ_INDEX, w->wq->index) |
		SPEC_PREP(DSA_EVL0_OPERATION, w->opcode);

	if (w->pasid_valid)
		q |= SPEC_PREP(DSA_EVL0_PASID, w->pasid);
	if (w->priv)
		q |= DSA_EVL0_PRIV;
	if (w->batch)
		q |= DSA_EVL0_BATCH | SPEC_PREP(DSA_EVL0_BATCH_ID, w->batch->log_id);
	else if (w->own_batch)
		q |= SPEC_PREP(DSA_EVL0_BATCH_ID, w->own_batch->log_id);
	if (code == DSA_COMP_CRA_XLAT || (w->res.fault && w->res.fault_write))
		q |= DSA_EVL0_FAULT_WRITE;
	return q;
}

/* Handle, RCI, portal type and RCR let software finish the completion in the device's place. */
static u32 completion_info(const struct dsa_work *w, u32 info)
{
	u16 handle;

	memcpy(&handle, w->desc + 36, sizeof(handle));
	info |= SPEC_PREP(DSA_ERRINFO_HANDLE, handle);
	if (w->flags & IDXD_OP_FLAG_RCI)
		info |= DSA_ERRINFO_RCI;
	if (w->portal & 2)
		info |= DSA_ERRINFO_IMS_PORTAL;
	if (w->flags & IDXD_OP_FLAG_RCR)
		info |= DSA_ERRINFO_RCR;
	if (w->batch && !w->batch->logged)
		info |= DSA_ERRINFO_FIRST_IN_BATCH;
	return info;
}

bool dsa_event_log(struct dsa *dsa, const struct dsa_work *w, u8 code, u32 info, u64 addr,
		   const u8 *rec)
{
	u8 entry[256] = {0};
	u32 bytes = 32u << SPEC_GET(DSA_GENCAP_EVL, dsa->cfg.gencap);
	u64 q[3];

	if (full(dsa)) {
		if (!(dsa->cfg.gencap & DSA_GENCAP_EVL_OVERFLOW))
			return false;
		dsa_error(dsa, NULL, DSA_SWERR_EVL_WRITE, 0, 0, -1);
		return true;
	}
	q[0] = SPEC_PREP(DSA_EVL0_ERROR, code);
	q[1] = 0;
	q[2] = addr;
	if (w) {
		q[0] |= identity(w, code);
		if (rec || code == DSA_COMP_INT_HANDLE_INVAL)
			info = completion_info(w, info);
		q[1] = SPEC_PREP(DSA_EVL1_BATCH_INDEX, w->life.member > 0 ? w->life.member : 0);
		if (w->batch) {
			w->batch->logged = true;
			w->batch->record_logged |= code == DSA_COMP_CRA_XLAT;
		}
	}
	dsa_note(dsa, DSA_NOTE_SWERROR, code);
	if (info)
		q[0] |= DSA_EVL0_INFO_VALID;
	q[1] |= SPEC_PREP(DSA_EVL1_INFO, info);
	memcpy(entry, q, sizeof(q));
	if (rec)
		memcpy(entry + DSA_EVL_RECORD_OFFSET, rec, DSA_RECORD_SIZE);
	if (!put(dsa, entry, bytes)) {
		dsa_error(dsa, NULL, DSA_SWERR_EVL_WRITE, 0, addr, -1);
		return true;
	}
	if (!(dsa->evlstatus & DSA_EVLSTATUS_INT_PENDING)) {
		dsa->evlstatus |= DSA_EVLSTATUS_INT_PENDING;
		if (dsa->genctrl & DSA_GENCTRL_EVL_INT)
			dsa_cause(dsa, DSA_INTCAUSE_EVL);
	}
	return true;
}

void dsa_event_log_room(struct dsa *dsa)
{
	struct dsa_work *w;

	while ((w = dsa->log_wait_head) && !full(dsa)) {
		dsa->log_wait_head = w->next;
		if (!dsa->log_wait_head)
			dsa->log_wait_tail = NULL;
		w->next = NULL;
		dsa_complete(w);
	}
}
