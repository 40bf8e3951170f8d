// SPDX-License-Identifier: GPL-2.0
// Waiting for earlier descriptors: Drain descriptors, commands and device-TLB invalidations.
#include "model/dsa/dsa_priv.h"

bool dsa_out_any(const struct dsa *dsa, u64 seq, const struct dsa_wq *wq, u32 pasid,
		 const struct dsa_work *but)
{
	const struct dsa_work *w;

	for (w = dsa->out_head; w; w = w->out_next) {
		if (w->seq >= seq || w == but || (wq && w->wq != wq))
			continue;
		if (pasid == IOMMU_NO_PASID || (w->pasid_valid && w->pasid == pasid))
			return true;
	}
	return false;
}

/* A Drain of a DWQ waits for its WQ, of an SWQ for its PASID in that WQ (5.5). */
static bool drain_ready(const struct dsa_work *w)
{
	return !dsa_out_any(w->dsa, w->seq, w->wq, w->wq->dedicated ? IOMMU_NO_PASID : w->pasid, w);
}

/*
 * Everything earlier is through: implicit readback on the traffic classes, explicit ones where
 * asked for. A readback address that faults ends in 1F; it may wait for its page before.
 */
static void drain_finish(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	u64 now = sim_now(dsa->sim), done = now, readback = dsa->cfg.timing.readback_latency, first;
	u32 i;

	w->state = DSA_WORK_TRANSLATE;
	if (w->stale) {
		w->record = NULL;
		w->stale = false;
		if (!dsa_work_translate_record(w, now))
			return;
	}
	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];

		w->faulted = false;
		if (!w->role_fault[op->role])
			dsa_devtlb_translate(w, op->role, op->addr, 1, false, true, now, NULL,
					     &first);
		if (w->faulted && dsa_work_ask_page(w))
			return;
		if (w->faulted || w->role_fault[op->role]) {
			dsa_result_fault(&w->res, DSA_COMP_PFAULT_RDBA, op->role, op->addr, false,
					 0);
			w->executed = true;
			dsa_finish(w, done);
			return;
		}
		if (first + readback > done)
			done = first + readback;
	}
	/* One round trip for the classes that are not suppressed. */
	if (!(w->flags & DSA_FLAG_DRAIN_NO_TC_A) || !(w->flags & DSA_FLAG_DRAIN_NO_TC_B)) {
		if (now + readback > done)
			done = now + readback;
		dsa_perf(dsa, DSA_PERFCAT_COMPLETION, DSA_EV4_V1_IMPLICIT_READBACK, 1, w);
	}
	dsa_result_error(&w->res, DSA_COMP_SUCCESS, 0);
	w->executed = true;
	dsa_finish(w, done);
}

void dsa_drain_start(struct dsa_work *w)
{
	if (!dsa_work_translate_record(w, w->ready))
		return;
	if (drain_ready(w)) {
		drain_finish(w);
		return;
	}
	w->state = DSA_WORK_DRAIN;
	w->wq->drains++;
	w->dsa->drain_waiters++;
}

static void check_drains(struct dsa *dsa)
{
	struct dsa_work *w, *next;

	for (w = dsa->out_head; w; w = next) {
		next = w->out_next;
		if (w->state != DSA_WORK_DRAIN || !drain_ready(w))
			continue;
		w->wq->drains--;
		dsa->drain_waiters--;
		drain_finish(w);
	}
}

static bool inv_matches(const struct iommu_inv *inv, const struct dsa_work *w)
{
	if (inv->all_pasids)
		return w->pasid_valid || !inv->pasid_valid;
	if (inv->pasid_valid)
		return w->pasid_valid && w->pasid == inv->pasid;
	return !w->pasid_valid;
}

/*
 * Does a descriptor that uses translations from before the invalidation still run? One that waits
 * for software (a page, room in the log, other descriptors) would hold up the answer for an
 * unbounded time: it translates again instead when it goes on.
 */
static bool inv_in_use(const struct dsa *dsa, const struct dsa_inv_wait *iw)
{
	const struct dsa_work *w;

	for (w = dsa->out_head; w; w = w->out_next)
		if ((w->state == DSA_WORK_TRANSLATE || w->state == DSA_WORK_STREAM ||
		     w->state == DSA_WORK_RECORD) &&
		    w->epoch < iw->seq && inv_matches(&iw->inv, w))
			return true;
	return false;
}

static void mark_stale(struct dsa *dsa, const struct iommu_inv *inv)
{
	struct dsa_work *w;

	for (w = dsa->out_head; w; w = w->out_next)
		if ((w->state == DSA_WORK_PAGE || w->state == DSA_WORK_DRAIN ||
		     w->state == DSA_WORK_BATCH) &&
		    inv_matches(inv, w))
			w->stale = true;
}

void dsa_invalidations_check(struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < DSA_PCI_ATS_QUEUE_DEPTH && dsa->inv_waiting; i++) {
		struct dsa_inv_wait *iw = &dsa->inv_wait[i];

		if (!iw->used || inv_in_use(dsa, iw))
			continue;
		iw->used = false;
		dsa->inv_waiting--;
		dsa->bus->inv_done(dsa->bus_ctx, dsa->cfg.sid, iw->inv.itag);
	}
}

void dsa_invalidate(struct dsa *dsa, const struct iommu_inv *inv)
{
	struct dsa_inv_wait iw = {.inv = *inv, .used = true};
	u32 e, r, i;

	dsa_perf(dsa, DSA_PERFCAT_TRANSLATION,
		 inv->pasid_valid   ? dsa->inv_waiting ? DSA_EV2_V1_PASID_INVAL_BUSY
						       : DSA_EV2_V1_PASID_INVAL_EMPTY
		 : dsa->inv_waiting ? DSA_EV2_V1_INVAL_BUSY
				    : DSA_EV2_V1_INVAL_EMPTY,
		 1, NULL);
	for (e = 0; e < dsa->nengines; e++)
		for (r = 0; r < DSA_ROLE_COUNT; r++)
			for (i = 0; i < dsa->cfg.devtlb_entries; i++) {
				struct dsa_devtlb_entry *t = &dsa->engine[e].tlb[r][i];

				/* Ranges are naturally aligned and never smaller than a page. */
				if (!t->valid || (t->page << 12) - inv->addr >= inv->size)
					continue;
				if (inv->all_pasids ||
				    t->pasid == (inv->pasid_valid ? inv->pasid : IOMMU_NO_PASID))
					t->valid = false;
			}
	iw.seq = ++dsa->invalidations;
	mark_stale(dsa, inv);
	/* The answer must follow the last use of what was invalidated (iommu.h). */
	if (!inv_in_use(dsa, &iw)) {
		dsa->bus->inv_done(dsa->bus_ctx, dsa->cfg.sid, inv->itag);
		return;
	}
	for (i = 0; i < DSA_PCI_ATS_QUEUE_DEPTH; i++)
		if (!dsa->inv_wait[i].used) {
			dsa->inv_wait[i] = iw;
			dsa->inv_waiting++;
			return;
		}
	/* More than the advertised queue depth at once: the unit's time-out will tell. */
	dsa_perf(dsa, DSA_PERFCAT_TRANSLATION, DSA_EV2_V1_INVAL_FULL, 1, NULL);
}

void dsa_drain_look(struct dsa *dsa)
{
	if (dsa->drain_waiters)
		check_drains(dsa);
	if (dsa->inv_waiting)
		dsa_invalidations_check(dsa);
	if (dsa->cmd_waiting && !dsa_command_pending(dsa))
		dsa_command_drained(dsa);
}
